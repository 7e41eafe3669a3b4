import { redacted, shown, shownPlain } from './display.ts'
import { ConfigError, type Issue, wrongOption } from './errors.ts'
import type { Refusal } from './kind.ts'
import { nearest } from './nearest.ts'
import { type LoadRecord, recordKey, type SecretFile, type SourceRow } from './provenance.ts'
import { replaceable } from './secret.ts'
import { type Found, isHidden, openSources, type Sources } from './sources.ts'
import { type Leaf, leavesOf, prefixOf, type Spec, type Values } from './spec.ts'

/** Options of {@link load} and {@link loadOrExit}. */
export interface LoadOptions {
  /** Before every variable's name: with `APP`, `httpAddr` is `APP_HTTP_ADDR`, and only that. @defaultValue none */
  readonly prefix?: string
  /** The environment. @defaultValue `process.env` */
  readonly env?: Readonly<Record<string, string | undefined>>
  /**
   * The command line without node and the program: `process.argv.slice(2)`. `--http-addr=:9090` overrides HTTP_ADDR; anything
   * that is no declared option is a problem. Secrets are refused here. @defaultValue none: the command line is not read
   */
  readonly args?: readonly string[]
  /**
   * A file of variables for development, read when NODE_ENV is unset or `development` and at no other time. The environment
   * wins over it; that it does not exist is fine. `false`: never. @defaultValue '.env'
   */
  readonly envFile?: string | false
  /** With X_FILE set to a path, X is what that file holds, without one end of line. @defaultValue true */
  readonly files?: boolean
  /** Longest value, and largest file, in bytes (at least 1). @defaultValue 1_048_576 */
  readonly maxBytes?: number
  /** With a prefix: a variable that has it and is not declared is a problem (`refuse`) or not. @defaultValue 'ignore' */
  readonly unknown?: 'ignore' | 'refuse'
}

/**
 * Reads the configuration that a declaration asks for. Deeply frozen; each value is exactly what its kind says.
 *
 * @throws ConfigError with all problems at once
 * @throws TypeError (`ERR_CONFIG_DECLARATION`, `ERR_CONFIG_OPTION`) when the declaration or an option is wrong
 */
export function load<const S extends Spec>(spec: S, options: LoadOptions = {}): Values<S> {
  const settings = checked(options)
  const leaves = leavesOf(spec, settings.prefix)
  const sources = openSources(leaves, settings)
  return read<S>(leaves, sources.help ? withHelpRefused(sources) : sources, settings)
}

function withHelpRefused(sources: Sources): Sources {
  const issue: Issue = {
    code: 'unknown',
    variable: undefined,
    path: undefined,
    problem: '--help asks for the options',
    expected: undefined,
    received: undefined,
    source: 'command line',
    hint: 'loadOrExit prints them; help(spec) returns them',
  }
  return { ...sources, issues: [issue, ...sources.issues] }
}

/** The options with their defaults; the prefix ends in `_`, or is empty. */
export type Settings = Required<LoadOptions>

export function checked(options: LoadOptions): Settings {
  const {
    prefix = '',
    env = process.env,
    args = [],
    envFile = '.env',
    files = true,
    maxBytes = 1_048_576,
    unknown = 'ignore',
  } = options
  const owner = 'config.load'
  if (typeof env !== 'object' || env === null) throw wrongOption(owner, 'env', 'an object', env)
  if (!Array.isArray(args)) throw wrongOption(owner, 'args', 'a list of texts', args)
  if (envFile !== false && (typeof envFile !== 'string' || envFile === '')) {
    throw wrongOption(owner, 'envFile', 'the name of a file, or false', envFile)
  }
  if (typeof files !== 'boolean') throw wrongOption(owner, 'files', 'true or false', files)
  if (!Number.isSafeInteger(maxBytes) || maxBytes < 1) {
    throw wrongOption(owner, 'maxBytes', 'an integer, at least 1', maxBytes)
  }
  if (unknown !== 'ignore' && unknown !== 'refuse') {
    throw wrongOption(owner, 'unknown', "'ignore' or 'refuse'", unknown)
  }
  if (unknown === 'refuse' && prefix === '') {
    throw wrongOption(owner, 'unknown', "'ignore' without a prefix", unknown)
  }
  return { prefix: prefixOf(prefix), env, args, envFile, files, maxBytes, unknown }
}

export function read<S extends Spec>(
  leaves: readonly Leaf[],
  sources: Sources,
  settings: Settings,
): Values<S> {
  const issues: Issue[] = [...sources.issues]
  const rows: (() => SourceRow)[] = []
  const secretFiles: SecretFile[] = []
  const result: Group = {}
  const groups: Group[] = [result]
  const mentioned = new Set(issues.map(({ variable }) => variable))
  const similar = similarNames(sources, leaves)

  for (const leaf of leaves) {
    const found = sources.find(leaf)
    if (found !== undefined && 'code' in found) {
      issues.push(found)
      continue
    }
    const outcome = found === undefined ? absent(leaf) : taken(leaf, found, settings.maxBytes)
    if (outcome === undefined) {
      // The command line said something of it that was wrong; that it is missing besides would be noise.
      if (!mentioned.has(leaf.variable)) issues.push(missing(leaf, similar, settings))
    } else if ('code' in outcome) {
      issues.push(outcome)
    } else {
      const { value, source } = outcome
      const wrapped =
        leaf.definition.secret && value !== undefined ? replaceable<unknown>(value) : undefined
      groups.push(...put(result, leaf.path, wrapped ? wrapped.secret : value))
      rows.push(() => row(leaf, source, value))
      if (wrapped && found?.file !== undefined) {
        secretFiles.push(
          secretFile(leaf, found.file, found.text, settings.maxBytes, wrapped.replace),
        )
      }
    }
  }

  if (settings.unknown === 'refuse') issues.push(...undeclared(sources, leaves, settings))
  if (issues.length > 0) throw new ConfigError(issues)
  const record: LoadRecord = {
    rows: () => Object.freeze(rows.map((make) => make())),
    secretFiles: Object.freeze(secretFiles),
  }
  Object.defineProperty(result, recordKey, { value: Object.freeze(record) })
  for (const group of groups) Object.freeze(group)
  return result as Values<S>
}

interface Group {
  [key: string]: unknown
}

/** Puts a value where its path says; returns the groups it made for that. */
function put(result: Group, path: readonly string[], value: unknown): Group[] {
  const made: Group[] = []
  let group = result
  for (const key of path.slice(0, -1)) {
    // Own ones only: a group may be called `constructor`.
    if (!Object.hasOwn(group, key)) {
      const next: Group = {}
      made.push(next)
      group[key] = next
    }
    group = group[key] as Group
  }
  group[path[path.length - 1] ?? ''] = value
  return made
}

interface Taken {
  readonly value: unknown
  readonly source: string
}

function absent({ definition }: Leaf): Taken | undefined {
  if (definition.fallback) return { value: definition.fallback.value, source: 'default' }
  return definition.optional ? { value: undefined, source: 'unset' } : undefined
}

function taken(leaf: Leaf, found: Found, maxBytes: number): Taken | Issue {
  const { text, source } = found
  if (typeof text !== 'string')
    return invalid(leaf, undefined, source, { ok: false, hint: 'it is no text' })
  if (
    text.length > maxBytes ||
    (text.length * 3 > maxBytes && Buffer.byteLength(text) > maxBytes)
  ) {
    return invalid(leaf, undefined, source, { ok: false, expected: `at most ${maxBytes} bytes` })
  }
  const outcome = leaf.definition.parse(text)
  return outcome.ok ? { value: outcome.value, source } : invalid(leaf, text, source, outcome)
}

/** A refusal may quote the text, or be in the words of a foreign schema: for a secret, only the kind's own words are used. */
function invalid(leaf: Leaf, text: string | undefined, source: string, refusal: Refusal): Issue {
  const hidden = isHidden(leaf)
  return {
    code: refusal.async === true ? 'async' : 'invalid',
    variable: leaf.variable,
    path: leaf.path.join('.'),
    problem: `${leaf.variable} is not accepted`,
    expected:
      (hidden && text !== undefined ? undefined : refusal.expected) ?? leaf.definition.expected,
    received: text === undefined ? undefined : hidden ? redacted : printed(leaf, text, shown),
    source,
    hint: hidden && text !== undefined && refusal.async !== true ? undefined : refusal.hint,
  }
}

function missing(leaf: Leaf, similar: SimilarNames, settings: Settings): Issue {
  return {
    code: 'missing',
    variable: leaf.variable,
    path: leaf.path.join('.'),
    problem: `${leaf.variable} is not set`,
    expected: leaf.definition.expected,
    received: undefined,
    source: undefined,
    hint: missingHint(leaf.variable, similar, settings),
  }
}

function missingHint(
  variable: string,
  similar: SimilarNames,
  { env, prefix }: Settings,
): string | undefined {
  if (Object.hasOwn(env, variable)) return 'it is there, but empty, which counts as not set'
  const bare = variable.startsWith(prefix) ? variable.slice(prefix.length) : variable
  if (bare !== variable && Object.hasOwn(env, bare)) {
    return `${bare} is set, but the prefix ${prefix} is part of the name`
  }
  const near = similar(variable)
  return near && `${near} is set: a typing mistake?`
}

type SimilarNames = (variable: string) => string | undefined

const maxSearches = 20
const maxNames = 2_000

/** Looks for what may have been meant, in names that nothing declares. Costs what it costs only so many times. */
function similarNames(sources: Sources, leaves: readonly Leaf[]): SimilarNames {
  let names: string[] | undefined
  let searches = 0
  return (variable) => {
    if (searches++ >= maxSearches) return undefined
    names ??= take(undeclaredNames(sources, new Set(leaves.map((leaf) => leaf.variable))), maxNames)
    return nearest(variable, names)
  }
}

function take<T>(items: Iterable<T>, count: number): T[] {
  const taken: T[] = []
  for (const item of items) {
    if (taken.push(item) === count) break
  }
  return taken
}

function* undeclaredNames(sources: Sources, declared: ReadonlySet<string>): Iterable<string> {
  for (const name of sources.names()) if (/^\w+$/.test(name) && !declared.has(name)) yield name
}

const maxUnknown = 20

function undeclared(
  sources: Sources,
  leaves: readonly Leaf[],
  { prefix, files }: Settings,
): Issue[] {
  const declared = new Set(
    leaves.flatMap(({ variable }) => (files ? [variable, `${variable}_FILE`] : [variable])),
  )
  const issues: Issue[] = []
  for (const name of undeclaredNames(sources, declared)) {
    if (!name.startsWith(prefix)) continue
    const near = nearest(name, declared)
    issues.push({
      code: 'unknown',
      variable: name.slice(0, 256),
      path: undefined,
      problem: `${name.slice(0, 256)} is set, but nothing declares it`,
      expected: undefined,
      received: undefined,
      source: undefined,
      hint: near && `did you mean ${near}?`,
    })
    if (issues.length === maxUnknown) break
  }
  return issues
}

function row(leaf: Leaf, source: string, value: unknown): SourceRow {
  const { definition, variable, path } = leaf
  const text =
    value === undefined
      ? undefined
      : isHidden(leaf)
        ? redacted
        : printed(leaf, definition.format(value), shownPlain)
  return Object.freeze({ variable, path: path.join('.'), source, value: text })
}

function printed({ definition }: Leaf, text: string, show: (text: string) => string): string {
  return definition.opaque ? `${text.length} characters` : show(text)
}

function secretFile(
  leaf: Leaf,
  file: string,
  text: string,
  maxBytes: number,
  replace: (value: unknown) => void,
): SecretFile {
  return {
    variable: leaf.variable,
    path: leaf.path.join('.'),
    file,
    maxBytes,
    text,
    accept(next) {
      const outcome =
        next === '' && !leaf.definition.allowEmpty ? undefined : leaf.definition.parse(next)
      if (!outcome?.ok) return false
      replace(outcome.value)
      return true
    },
  }
}
