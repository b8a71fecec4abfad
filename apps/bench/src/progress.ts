const started = performance.now()

/** Tells on the terminal what is being measured. */
export function progress(text: string): void {
  const seconds = Math.round((performance.now() - started) / 1000)
  console.error(`${String(seconds).padStart(4)} s  ${text}`)
}
