import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'

const names = ['chromium', 'chromium-headless-shell', 'chromium-browser', 'google-chrome']
const cache = join(import.meta.dirname, '..', 'node_modules', '.cache', 'chromium')

/** The line for a machine on which no Chromium can be started, and what helps. */
export const noChromium =
  'No Chromium was found: the tests of the page are skipped. Install one (`apt-get install chromium`) or set CHROMIUM_PATH.'

/**
 * Starts `CHROMIUM_PATH`, one on the PATH, or the one that comes with the project. Absent: none
 * can be started here, which is an error where `SLUICE_CHROMIUM` is `required`.
 */
export async function launchChromium(): Promise<Browser | undefined> {
  const own = process.env.CHROMIUM_PATH || onPath()
  if (own !== undefined) return chromium.launch({ executablePath: own, args: flags() })
  try {
    return await launchPackaged()
  } catch (error) {
    if (process.env.SLUICE_CHROMIUM === 'required') throw error
    console.error(`${noChromium} (${(error as Error).message.split('\n')[0]})`)
    return undefined
  }
}

function onPath(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter)
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find((file) => existsSync(file))
}

/**
 * Unpacks the packaged Chromium below node_modules. Its libraries are unpacked only where it believes to run on Amazon
 * Linux, and always into the folder for temporary files, so both are set while it does that.
 */
async function launchPackaged(): Promise<Browser> {
  await mkdir(cache, { recursive: true })
  const { TMPDIR, AWS_EXECUTION_ENV } = process.env
  Object.assign(process.env, { TMPDIR: cache, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x' })
  try {
    const { default: packaged } = await import('@sparticuz/chromium')
    const executablePath = await packaged.executablePath()
    const env = { ...process.env, LD_LIBRARY_PATH: join(cache, 'al2023', 'lib'), FONTCONFIG_FILE: await fontsFile() }
    return await chromium.launch({ executablePath, args: flags(), env: definedOnly(env) })
  } finally {
    restore('TMPDIR', TMPDIR)
    restore('AWS_EXECUTION_ENV', AWS_EXECUTION_ENV)
  }
}

/** The packaged fonts are looked for elsewhere by the packaged configuration; those of the machine come first. */
async function fontsFile(): Promise<string> {
  const folders = ['/usr/share/fonts', join(cache, 'fonts')].map((folder) => `<dir>${folder}</dir>`)
  const file = join(cache, 'fonts.conf')
  const cached = `<cachedir>${join(cache, 'font-cache')}</cachedir>`
  const system = '<include ignore_missing="yes">/etc/fonts/fonts.conf</include>'
  await writeFile(file, `<?xml version="1.0"?><fontconfig>${system}${folders.join('')}${cached}</fontconfig>\n`)
  return file
}

function flags(): string[] {
  return ['--headless=shell', '--disable-gpu', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])]
}

function restore(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name]
  else process.env[name] = value
}

function definedOnly(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined))
}
