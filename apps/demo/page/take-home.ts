import { byId } from './by-id.ts'

/** Copies text to the clipboard and says so; where the browser forbids that, shows it to be copied by hand. */
export function offerCopy(what: string, text: string): void {
  const done = (): void => {
    byId('status').textContent = `${what} has been copied.`
  }
  const clipboard = navigator.clipboard as Clipboard | undefined
  if (clipboard === undefined) showByHand(text)
  else clipboard.writeText(text).then(done, () => showByHand(text))
}

/** Saves text as a file. */
export function saveAs(name: string, type: string, text: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([text], { type }))
  link.download = name
  link.click()
  URL.revokeObjectURL(link.href)
}

function showByHand(text: string): void {
  const dialog = byId<HTMLDialogElement>('by-hand')
  const area = dialog.querySelector('textarea')
  if (area === null) return
  area.value = text
  dialog.showModal()
  area.select()
}
