const pixelsPerStep = 6

/** Lets a number be dragged to the right and left, and turned by the wheel while it has the focus; it tells of it by `input`. */
export function draggable(input: HTMLInputElement): void {
  let drag: { readonly x: number; readonly value: number } | undefined

  input.addEventListener('pointerdown', (event) => {
    drag = { x: event.clientX, value: Number(input.value) }
  })
  input.addEventListener('pointermove', (event) => {
    if (drag === undefined) return
    const steps = Math.round((event.clientX - drag.x) / pixelsPerStep)
    if (steps === 0 && !input.hasPointerCapture(event.pointerId)) return
    // Only from here on it is a drag: a click still places the cursor.
    input.setPointerCapture(event.pointerId)
    setNumber(input, drag.value + steps)
  })
  const end = (): void => {
    drag = undefined
  }
  input.addEventListener('pointerup', end)
  input.addEventListener('pointercancel', end)
  input.addEventListener('wheel', (event) => {
    if (document.activeElement !== input) return
    event.preventDefault()
    setNumber(input, Number(input.value) - Math.sign(event.deltaY))
  })
}

function setNumber(input: HTMLInputElement, value: number): void {
  if (input.readOnly) return
  const bounded = Math.min(Number(input.max), Math.max(Number(input.min), value))
  if (String(bounded) === input.value) return
  input.value = String(bounded)
  input.dispatchEvent(new Event('input', { bubbles: true }))
}
