import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

// The tools are dependencies of the tests, so that their versions are locked and they are installed
// once. What they work on lies outside of this workspace.
const require = createRequire(import.meta.url)

/** A file of an installed tool; undefined on machines for which it does not exist. */
export function optionalFileOf(name: string, file: string): string | undefined {
  for (const folder of require.resolve.paths(name) ?? []) {
    try {
      readFileSync(join(folder, name, 'package.json'))
      return join(folder, name, file)
    } catch {
      // In the next folder.
    }
  }
  return undefined
}

export function fileOf(name: string, file: string): string {
  const found = optionalFileOf(name, file)
  if (found === undefined) throw new Error(`${name} is not installed`)
  return found
}

export const folderOf = (name: string): string => dirname(fileOf(name, 'package.json'))

/** The version that the lockfile has chosen; undefined where the tool is not installed. */
export function versionOf(name: string): string | undefined {
  const file = optionalFileOf(name, 'package.json')
  return file && JSON.parse(readFileSync(file, 'utf8')).version
}

/** Those that bring their program for one platform are listed in the manifest. */
export function listedVersionOf(name: string): string {
  const installed = versionOf(name)
  if (installed !== undefined) return installed
  const workspace = readFileSync(new URL('../../../pnpm-workspace.yaml', import.meta.url), 'utf8')
  const line = workspace.split('\n').find((each) => each.includes(`'${name}':`))
  return line?.split(': ')[1]?.replaceAll("'", '') ?? '?'
}
