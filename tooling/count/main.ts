import { countPackages } from './count-packages.ts'

// Prints how large each package is, tests aside.
const rows = countPackages().map(({ name, code, files, functions, p90 }) => ({
  package: name,
  'lines of code': code,
  'longest file': Math.max(...files.map(({ lines }) => lines)),
  functions: functions.length,
  'longest function': Math.max(0, ...functions.map(({ lines }) => lines)),
  p90,
}))
console.table(rows)
