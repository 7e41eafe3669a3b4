import { existsSync, statSync } from 'node:fs'
import { relative, resolve, sep } from 'node:path'
import type { Project } from '../project/project.ts'
import { UsageError } from '../usage-error.ts'

/** The folder that a command line names, by default the current one. */
export function folderOf(positionals: readonly string[]): string {
  const [folder = '.', ...more] = positionals
  if (more.length > 0) throw new UsageError(`one folder at most; received ${positionals.join(' ')}`)
  const path = resolve(folder)
  if (!existsSync(path) || !statSync(path).isDirectory()) {
    throw new UsageError(`${folder} is not a folder`)
  }
  return path
}

/** The path of `--entry` as the project writes it. */
export function entryOf({ folder, files }: Project, entry: string | undefined): string | undefined {
  if (entry === undefined) return undefined
  const path = relative(folder, resolve(folder, entry)).split(sep).join('/')
  if (files.some((syntax) => syntax.path === path)) return path
  throw new UsageError(`--entry: ${entry} is not a source file of ${folder}`)
}
