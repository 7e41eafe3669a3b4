import { type Issue, issueOf } from '../issues/issue.ts'
import { fileSystem, readText } from '../system/file.ts'
import { plain } from '../text/quote.ts'
import { parseEnvFile } from './env-file.ts'
import { type Layer, ownText } from './layer.ts'

export interface DevelopmentFileOptions {
  readonly env: Layer['texts']
  readonly envFile: string | false
  readonly maxBytes: number
}

/** The `.env` file, and what is wrong with it. */
export interface DevelopmentFile {
  readonly layer: Layer
  readonly issues: readonly Issue[]
}

/**
 * Reads the `.env` file; undefined if there is none, or the process does not run in development.
 */
export function readDevelopmentFile(options: DevelopmentFileOptions): DevelopmentFile | undefined {
  const { env, envFile, maxBytes } = options
  if (envFile === false || !isDevelopment(env) || !exists(envFile)) return undefined
  return readEnvFile(envFile, maxBytes)
}

function isDevelopment(env: Layer['texts']): boolean {
  const mode = ownText(env, 'NODE_ENV')
  if (mode !== undefined && mode !== '' && mode !== 'development') return false
  // A custom environment may lack the NODE_ENV of the process.
  return env === process.env || process.env['NODE_ENV'] !== 'production'
}

/**
 * Usually there is no `.env`: creating an error with its stack would double the time of loading.
 */
function exists(file: string): boolean {
  try {
    return fileSystem().statSync(file, { throwIfNoEntry: false }) !== undefined
  } catch {
    return true // reading it reports the reason
  }
}

function readEnvFile(envFile: string, maxBytes: number): DevelopmentFile {
  const content = readText(envFile, maxBytes)
  const name = plain(envFile, 256)
  const { values, problems } = parseEnvFile(content.ok ? content.text : '')
  const texts: Record<string, string> = Object.create(null)
  for (const [variable, { value }] of values) texts[variable] = value
  return {
    layer: { texts, source: (variable) => `${name}:${values.get(variable)?.line}` },
    issues: content.ok
      ? problems.map(({ problem, line }) => syntaxIssue(`${name}:${line} ${problem}`))
      : content.code === 'ENOENT' || content.code === 'ENOTDIR'
        ? []
        : [issueOf({ code: 'unreadable', problem: `${name} ${content.why}` })],
  }
}

function syntaxIssue(problem: string): Issue {
  const expected = 'NAME=value, # comment, or an empty line'
  return issueOf({ code: 'syntax', problem, expected })
}
