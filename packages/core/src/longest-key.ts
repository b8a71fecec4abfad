/** The longest key, in UTF-16 code units. */
export const longestKey = 65_536
