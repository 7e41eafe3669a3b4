import { type Issue, issueOf } from '../issues/issue.ts'
import { fileSystem, readText } from '../system/file.ts'
import { plain } from '../text/quote.ts'
import { type NamedFile, parseEnvFile } from './env-file.ts'
import { type CredentialOf, expandFiles } from './expansion.ts'
import { type Layer, ownText } from './layer.ts'

export interface DevelopmentFileOptions {
  readonly env: Layer['texts']
  readonly envFile: string | false
  readonly expand: boolean
  readonly maxBytes: number
  readonly credentialOf: CredentialOf
}

/** The `.env` files, and what is wrong with them. */
export interface DevelopmentFiles {
  /** The first one that has a variable wins. */
  readonly layers: readonly Layer[]
  readonly issues: readonly Issue[]
}

/**
 * Reads `.env` and the files beside it; undefined if there is none, or the process runs in
 * production.
 */
export function readDevelopmentFiles(
  options: DevelopmentFileOptions,
): DevelopmentFiles | undefined {
  const { env, envFile, expand, maxBytes } = options
  const mode = envFile === false ? undefined : modeOf(env)
  if (envFile === false || mode === undefined) return undefined
  const names = namesOf(envFile, mode).filter(exists)
  if (names.length === 0) return undefined
  const issues: Issue[] = []
  const files = names.flatMap((name) => readEnvFile(name, maxBytes, issues) ?? [])
  if (!expand) return { layers: files.map(layerOf), issues }
  const expanded = expandFiles(files, options)
  return { layers: expanded.layers, issues: [...issues, ...expanded.issues] }
}

/** Undefined in production. */
function modeOf(env: Layer['texts']): string | undefined {
  const mode = ownText(env, 'NODE_ENV') || 'development'
  // A custom environment may lack the NODE_ENV of the process.
  const production = env !== process.env && process.env['NODE_ENV'] === 'production'
  return production || mode === 'production' ? undefined : mode
}

/** In the order of precedence, which is that of Next.js, Rails and dotenv-flow. */
function namesOf(envFile: string, mode: string): readonly string[] {
  const modal = /^[\w-]{1,64}$/.test(mode) ? [`${envFile}.${mode}.local`, `${envFile}.${mode}`] : []
  if (mode !== 'development') return modal
  return [`${envFile}.development.local`, `${envFile}.local`, `${envFile}.development`, envFile]
}

/** Usually there is none: creating an error with its stack would double the time of loading. */
function exists(file: string): boolean {
  try {
    return fileSystem().statSync(file, { throwIfNoEntry: false }) !== undefined
  } catch {
    return true // reading it reports the reason
  }
}

/** Undefined if it cannot be read, or has been deleted meanwhile. */
function readEnvFile(file: string, maxBytes: number, issues: Issue[]): NamedFile | undefined {
  const content = readText(file, maxBytes)
  const name = plain(file, 256)
  if (!content.ok) {
    if (content.code !== 'ENOENT' && content.code !== 'ENOTDIR') {
      issues.push(issueOf({ code: 'unreadable', problem: `${name} ${content.why}` }))
    }
    return undefined
  }
  const parsed = parseEnvFile(content.text)
  for (const { problem, line } of parsed.problems) {
    const expected = 'NAME=value, # comment, or an empty line'
    issues.push(issueOf({ code: 'syntax', problem: `${name}:${line} ${problem}`, expected }))
  }
  return { ...parsed, name }
}

function layerOf({ name, values }: NamedFile): Layer {
  const texts: Record<string, string> = Object.create(null)
  for (const [variable, { value }] of values) texts[variable] = value
  return { texts, source: (variable) => `${name}:${values.get(variable)?.line}` }
}
