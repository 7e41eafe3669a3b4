import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const execute = promisify(execFile)

export const packagesFolder = fileURLToPath(new URL('../../../packages', import.meta.url))

/** What is a command, and nothing to import. */
export const commands: readonly string[] = ['create-clew']

/** The eight, as their folders are called. */
export const names: readonly string[] = readdirSync(packagesFolder)
  .filter((name) => !commands.includes(name))
  .sort()

/** Packs a package. Only pnpm writes `publishConfig.exports` and the versions of the catalog. */
export async function pack(folder: string, to: string): Promise<string> {
  const { stdout } = await execute('pnpm', ['pack', '--json', '--pack-destination', to], {
    cwd: folder,
  })
  return JSON.parse(stdout).filename
}

/** Packs some packages: file by name. */
export async function packAll(
  some: readonly string[],
  { from = packagesFolder, to }: { readonly from?: string; readonly to: string },
): Promise<ReadonlyMap<string, string>> {
  const packed = new Map<string, string>()
  for (const name of some) packed.set(name, await pack(join(from, name), to))
  return packed
}

/** What can be imported of a package: `@clew/log`, `@clew/log/fastify`. */
export function entriesOf(name: string): string[] {
  const manifest = JSON.parse(readFileSync(join(packagesFolder, name, 'package.json'), 'utf8'))
  return Object.keys(manifest.exports)
    .filter((entry) => entry !== './package.json')
    .map((entry) => `@clew/${name}${entry.slice(1)}`)
}
