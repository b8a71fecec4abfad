// Many tests are about odd clients and lost stores, of which Sluice warns. What it warns of is tested where it matters;
// printed here, the warnings would only hide others.
const printers = process.listeners('warning')
process.removeAllListeners('warning')
process.on('warning', (warning) => {
  if (warning.name === 'SluiceWarning') return
  for (const print of printers) print.call(process, warning)
})
