import { parseArguments } from './arguments.ts'
import { looksSecret, plain, quote, withoutCredentials } from './display.ts'
import { parseEnvFile } from './env-file.ts'
import { type Issue, issueOf } from './errors.ts'
import { fileSystem, readText, withoutEndOfLine } from './file.ts'
import { type Leaf, type Leaves, optionOf } from './spec.ts'

/** Where a text was found. */
export interface Found {
  readonly text: string
  readonly source: string
  /** The file that `X_FILE` names. */
  readonly file: string | undefined
}

/** The places where values may come from, already read. */
export interface Sources {
  readonly issues: readonly Issue[]
  readonly help: boolean
  readonly leaves: Leaves
  readonly options: SourceOptions
  readonly values: ReadonlyMap<Leaf, string> | undefined
  readonly environment: Layer
  readonly envFile: Layer | undefined
}

export interface SourceOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly args: readonly string[]
  readonly envFile: string | false
  readonly files: boolean
  readonly maxBytes: number
}

/** One place: the environment, or the `.env` file. */
interface Layer {
  /** May inherit what is no variable: process.env.toString, env.__proto__. */
  readonly texts: SourceOptions['env']
  /** For the `.env` file: what its lines are called. */
  source?(variable: string): string
}

/** Reads the command line and the `.env` file. */
export function openSources(leaves: Leaves, options: SourceOptions): Sources {
  const args = options.args.length === 0 ? undefined : parseArguments(options.args, leaves)
  const file = readsEnvFile(options) ? readEnvFile(options.envFile, options.maxBytes) : undefined
  return {
    issues: [...(args?.issues ?? []), ...(file?.issues ?? [])],
    help: args?.help === true,
    leaves,
    options,
    values: args?.values,
    environment: { texts: options.env },
    envFile: file?.layer,
  }
}

/** Looks on the command line, then in the environment, then in `.env`. */
export function find(sources: Sources, leaf: Leaf): Found | Issue | undefined {
  const { values, environment, envFile } = sources
  return (
    (values && findArgument(values, leaf)) ??
    findIn(environment, leaf, sources) ??
    (envFile && findIn(envFile, leaf, sources))
  )
}

function findArgument(values: ReadonlyMap<Leaf, string>, leaf: Leaf): Found | undefined {
  const text = values.get(leaf)
  if (text === undefined || isUnset(text, leaf)) return undefined
  return { text, source: `option --${optionOf(leaf)}`, file: undefined }
}

function findIn(layer: Layer, leaf: Leaf, { leaves, options }: Sources): Found | Issue | undefined {
  const text = own(layer.texts, leaf.variable)
  const fileVariable = `${leaf.variable}_FILE`
  // A variable that is declared itself is not the file of another one.
  const path =
    options.files && !leaves.has(fileVariable) ? own(layer.texts, fileVariable) : undefined
  if (text === undefined || isUnset(text, leaf))
    return path ? readSecretFile(leaf, fileVariable, path, options.maxBytes) : undefined
  const source = layer.source?.(leaf.variable) ?? 'environment'
  return path ? bothSet(leaf, fileVariable, source) : { text, source, file: undefined }
}

function own(texts: Layer['texts'], variable: string): string | undefined {
  const text = texts[variable]
  return text !== undefined && Object.hasOwn(texts, variable) ? text : undefined
}

/** The names of all variables of the environment, and the `.env` file. */
export function namesOf({ environment, envFile }: Sources): readonly string[] {
  return [...Object.keys(environment.texts), ...Object.keys(envFile?.texts ?? {})]
}

/** The working directory may change before the file is read again. */
function absolute(path: string): string {
  return process.getBuiltinModule('node:path').resolve(path)
}

function isUnset(text: string, leaf: Leaf): boolean {
  return text === '' && !leaf.definition.allowEmpty
}

/** Values of variables that are secret, or whose name says so, are shown nowhere. */
export function isHidden(leaf: Leaf): boolean {
  return leaf.definition.secret || looksSecret(leaf.variable)
}

function bothSet(leaf: Leaf, fileVariable: string, source: string): Issue {
  return issueOf({
    code: 'conflict',
    variable: leaf.variable,
    path: leaf.path.join('.'),
    problem: `${leaf.variable} and ${fileVariable} are both set`,
    source,
    hint: 'unset one of them',
  })
}

function readSecretFile(
  leaf: Leaf,
  fileVariable: string,
  path: string,
  maxBytes: number,
): Found | Issue {
  if (typeof path !== 'string') return noText(leaf, fileVariable)
  const read = readText(path, maxBytes)
  const text = read.ok ? withoutEndOfLine(read.text) : ''
  if (read.ok && (text !== '' || leaf.definition.allowEmpty)) {
    return { text, source: `file ${plain(path, 256)}`, file: absolute(path) }
  }
  return issueOf({
    code: 'unreadable',
    variable: leaf.variable,
    path: leaf.path.join('.'),
    problem: `the file that ${fileVariable} names ${read.ok ? 'is empty' : read.why}`,
    // Somebody may have put the secret itself where its file's name belongs.
    received: isHidden(leaf) ? undefined : quote(withoutCredentials(path.slice(0, 4096)), 256),
    hint: isHidden(leaf)
      ? read.ok || read.code !== 'ENOENT'
        ? undefined
        : `${fileVariable} takes the path of a file, not the value`
      : `if ${fileVariable} is meant for something else, declare it as a variable of its own`,
  })
}

/** Where the environment is an object that somebody made. */
function noText(leaf: Leaf, fileVariable: string): Issue {
  return issueOf({
    code: 'unreadable',
    variable: leaf.variable,
    path: leaf.path.join('.'),
    problem: `${fileVariable} is no text`,
    source: 'environment',
  })
}

/** That there is no `.env` is the usual case: an error with a stack would be half the time that loading takes. */
function exists(file: string): boolean {
  try {
    return fileSystem().statSync(file, { throwIfNoEntry: false }) !== undefined
  } catch {
    return true // and reading it says why it cannot be looked at
  }
}

interface Development {
  readonly layer: Layer
  readonly issues: readonly Issue[]
}

function readsEnvFile<T extends SourceOptions>(
  options: T,
): options is T & { readonly envFile: string } {
  const { env, envFile } = options
  if (envFile === false) return false
  const mode = own(env, 'NODE_ENV')
  if (mode !== undefined && mode !== '' && mode !== 'development') return false
  // An environment that somebody made need not say what the process knows.
  return (env === process.env || process.env['NODE_ENV'] !== 'production') && exists(envFile)
}

function readEnvFile(envFile: string, maxBytes: number): Development {
  const read = readText(envFile, maxBytes)
  const name = plain(envFile, 256)
  const problem = (text: string, line?: number) =>
    issueOf({
      code: line === undefined ? 'unreadable' : 'syntax',
      problem: `${line === undefined ? name : `${name}:${line}`} ${text}`,
      expected: line === undefined ? undefined : 'NAME=value, # comment, or an empty line',
    })
  const { values, problems } = parseEnvFile(read.ok ? read.text : '')
  const texts: Record<string, string> = Object.create(null)
  for (const [variable, { value }] of values) texts[variable] = value
  return {
    layer: { texts, source: (variable) => `${name}:${values.get(variable)?.line}` },
    issues: read.ok
      ? problems.map((entry) => problem(entry.problem, entry.line))
      : read.code === 'ENOENT' || read.code === 'ENOTDIR'
        ? []
        : [problem(read.why)],
  }
}
