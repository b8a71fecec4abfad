/** The element of the page with this id. Throws when index.html has none. */
export function byId<Kind extends Element = HTMLElement>(id: string): Kind {
  const found = document.getElementById(id)
  if (found === null) throw new Error(`Expected index.html to have an element #${id}`)
  return found as unknown as Kind
}
