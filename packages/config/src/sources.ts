import { type Arguments, parseArguments } from './arguments.ts'
import { looksSecret, plain, quote, withoutCredentials } from './display.ts'
import { parseEnvFile } from './env-file.ts'
import type { Issue } from './errors.ts'
import { fileSystem, readText, withoutEndOfLine } from './file.ts'
import type { Leaf } from './spec.ts'

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
  find(leaf: Leaf): Found | Issue | undefined
  /** The names of all variables of the environment, and the `.env` file. */
  names(): Iterable<string>
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
  get(variable: string): string | undefined
  source(variable: string): string
}

/** Reads the command line and the `.env` file, and looks up: command line, then environment, then `.env`. */
export function openSources(leaves: readonly Leaf[], options: SourceOptions): Sources {
  const { env, files, maxBytes } = options
  const args = options.args.length === 0 ? noArguments : parseArguments(options.args, leaves)
  const development = readsEnvFile(options) ? readEnvFile(options.envFile, maxBytes) : noEnvFile
  const declared = new Set(leaves.map(({ variable }) => variable))
  // process.env.toString and env.__proto__ are there without being variables.
  const environment: Layer = {
    get: (variable) => (Object.hasOwn(env, variable) ? env[variable] : undefined),
    source: () => 'environment',
  }
  const layers = [environment, development.layer]
  return {
    issues: [...args.issues, ...development.issues],
    help: args.help,
    names: () => [...Object.keys(env), ...development.names],
    find(leaf) {
      const argument = args.values.get(leaf.option)
      if (argument !== undefined && !isUnset(argument, leaf)) {
        return { text: argument, source: `option --${leaf.option}`, file: undefined }
      }
      const fileVariable = `${leaf.variable}_FILE`
      // A variable that is declared itself is not the file of another one.
      const fromFile = files && !declared.has(fileVariable)
      for (const layer of layers) {
        const text = layer.get(leaf.variable)
        const path = fromFile ? layer.get(fileVariable) : undefined
        const direct = text !== undefined && !isUnset(text, leaf)
        if (direct && path) return bothSet(leaf, fileVariable, layer)
        if (direct) return { text, source: layer.source(leaf.variable), file: undefined }
        if (path) return readSecretFile(leaf, fileVariable, path, maxBytes)
      }
      return undefined
    },
  }
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

function bothSet(leaf: Leaf, fileVariable: string, layer: Layer): Issue {
  return {
    code: 'conflict',
    variable: leaf.variable,
    path: leaf.path.join('.'),
    problem: `${leaf.variable} and ${fileVariable} are both set`,
    expected: undefined,
    received: undefined,
    source: layer.source(leaf.variable),
    hint: 'unset one of them',
  }
}

function readSecretFile(
  leaf: Leaf,
  fileVariable: string,
  path: string,
  maxBytes: number,
): Found | Issue {
  const read = readText(path, maxBytes)
  const text = read.ok ? withoutEndOfLine(read.text) : ''
  if (read.ok && (text !== '' || leaf.definition.allowEmpty)) {
    return { text, source: `file ${plain(path, 256)}`, file: absolute(path) }
  }
  return {
    code: 'unreadable',
    variable: leaf.variable,
    path: leaf.path.join('.'),
    problem: `the file that ${fileVariable} names ${read.ok ? 'is empty' : read.why}`,
    expected: undefined,
    // Somebody may have put the secret itself where its file's name belongs.
    received: isHidden(leaf) ? undefined : quote(withoutCredentials(path.slice(0, 4096)), 256),
    source: undefined,
    hint:
      isHidden(leaf) && !read.ok && read.code === 'ENOENT'
        ? `${fileVariable} takes the path of a file, not the value`
        : undefined,
  }
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
  readonly names: Iterable<string>
  readonly issues: readonly Issue[]
}

const noArguments: Arguments = { values: new Map(), issues: [], help: false }
const noEnvFile: Development = {
  layer: { get: () => undefined, source: () => '' },
  names: [],
  issues: [],
}

function readsEnvFile<T extends SourceOptions>(
  options: T,
): options is T & { readonly envFile: string } {
  const { env, envFile } = options
  if (envFile === false) return false
  const mode = Object.hasOwn(env, 'NODE_ENV') ? env['NODE_ENV'] : undefined
  return (mode === undefined || mode === '' || mode === 'development') && exists(envFile)
}

function readEnvFile(envFile: string, maxBytes: number): Development {
  const read = readText(envFile, maxBytes)
  const name = plain(envFile, 256)
  const problem = (text: string, line?: number): Issue => ({
    code: line === undefined ? 'unreadable' : 'syntax',
    variable: undefined,
    path: undefined,
    problem: `${line === undefined ? name : `${name}:${line}`} ${text}`,
    expected: line === undefined ? undefined : 'NAME=value, # comment, or an empty line',
    received: undefined,
    source: undefined,
    hint: undefined,
  })
  const { values, problems } = parseEnvFile(read.ok ? read.text : '')
  return {
    layer: {
      get: (variable) => values.get(variable)?.value,
      source: (variable) => `${name}:${values.get(variable)?.line}`,
    },
    names: values.keys(),
    issues: read.ok
      ? problems.map((entry) => problem(entry.problem, entry.line))
      : read.code === 'ENOENT'
        ? []
        : [problem(read.why)],
  }
}
