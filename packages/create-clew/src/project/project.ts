import { existsSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { UsageError } from '../usage-error.ts'
import { readSources, type SourceFiles } from './source-files.ts'

/** An application as it is on disk. */
export interface Project extends SourceFiles {
  readonly folder: string
  readonly manifest: Manifest
  /** The text of package.json. */
  readonly manifestText: string
  /** The `module` of tsconfig.json, in lower case; undefined without one. */
  readonly tsModule: string | undefined
}

/** What is read of package.json. */
export interface Manifest {
  readonly name?: unknown
  readonly type?: unknown
  readonly main?: unknown
  readonly packageManager?: unknown
  readonly workspaces?: unknown
  readonly scripts?: Readonly<Record<string, unknown>>
  readonly dependencies?: Readonly<Record<string, unknown>>
  readonly devDependencies?: Readonly<Record<string, unknown>>
  readonly peerDependencies?: Readonly<Record<string, unknown>>
  readonly optionalDependencies?: Readonly<Record<string, unknown>>
}

/** Reads an application's folder. */
export function readProject(folder: string): Project {
  const path = join(folder, 'package.json')
  if (!existsSync(path)) {
    throw new UsageError(
      `there is no package.json in ${folder}: run this in the folder of an application`,
    )
  }
  const manifestText = readFileSync(path, 'utf8')
  return {
    folder,
    manifest: parsed(manifestText, path),
    manifestText,
    tsModule: tsModuleOf(folder),
    ...readSources(folder),
  }
}

function parsed(text: string, path: string): Manifest {
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ''))
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  } catch {
    // Said below.
  }
  throw new UsageError(`${path} is not a JSON object`)
}

/** The names that package.json depends on, for production or otherwise. */
export function dependenciesOf({ manifest }: Project): ReadonlySet<string> {
  const { dependencies, devDependencies, peerDependencies, optionalDependencies } = manifest
  const all = { ...dependencies, ...devDependencies, ...peerDependencies, ...optionalDependencies }
  return new Set(Object.keys(all))
}

/** What the service is called: the package's name without its scope. */
export function serviceNameOf({ manifest, folder }: Project): string {
  const name = typeof manifest.name === 'string' ? manifest.name.replace(/^@[^/]*\//, '') : ''
  return name.replace(/[^\w.-]/g, '') || posix.basename(folder.replaceAll('\\', '/')) || 'app'
}

/** Whether this is the folder around the packages of a monorepo. */
export function isWorkspaceRoot({ folder, manifest }: Project): boolean {
  return manifest.workspaces !== undefined || existsSync(join(folder, 'pnpm-workspace.yaml'))
}

function tsModuleOf(folder: string): string | undefined {
  const path = join(folder, 'tsconfig.json')
  if (!existsSync(path)) return undefined
  // JSON with comments: a whole parser of it would know no more of this one word.
  const text = readFileSync(path, 'utf8').replace(/^\s*\/\/.*$/gm, '')
  return /"module"\s*:\s*"(\w+)"/.exec(text)?.[1]?.toLowerCase() ?? ''
}

/** Whether a file runs as an ES module, where `await` may stand outside of functions. */
export function isModule({ manifest, tsModule }: Project, path: string): boolean {
  if (/\.m[jt]s$/.test(path)) return true
  if (/\.c[jt]s$/.test(path)) return false
  if (!/\.tsx?$/.test(path)) return manifest.type === 'module'
  if (tsModule === undefined) return manifest.type === 'module'
  if (/^(node\d*|nodenext|preserve|)$/.test(tsModule)) return manifest.type === 'module'
  return /^es/.test(tsModule) && manifest.type === 'module'
}
