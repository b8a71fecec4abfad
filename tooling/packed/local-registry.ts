import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { basename } from 'node:path'
import type { PackedPackage } from './public-packages.ts'

/** A registry on loopback that has the packed packages, as if they were published. */
export async function localRegistry(
  packages: readonly PackedPackage[],
): Promise<{ readonly url: string; close(): void }> {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '')
    const found = packages.find(({ manifest, tarball }) =>
      [`/${manifest.name}`, `/${basename(tarball)}`].includes(path),
    )
    if (found === undefined) response.writeHead(404).end('{}')
    else if (path.endsWith('.tgz')) response.end(readFileSync(found.tarball))
    else response.setHeader('Content-Type', 'application/json').end(JSON.stringify(listing(found, origin())))
  })
  const origin = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: origin(), close: () => server.close() }
}

function listing({ manifest, tarball }: PackedPackage, origin: string): object {
  const { name, version } = manifest
  const integrity = `sha512-${createHash('sha512').update(readFileSync(tarball)).digest('base64')}`
  return {
    name,
    'dist-tags': { latest: version },
    // Old enough for clients that wait before they take a new release.
    time: { [version]: new Date(2026, 0, 1).toISOString() },
    versions: { [version]: { ...manifest, dist: { tarball: `${origin}/${basename(tarball)}`, integrity } } },
  }
}
