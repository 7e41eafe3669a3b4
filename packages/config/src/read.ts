import { redacted, shownPlain } from './display.ts'
import { ConfigError, type Issue } from './errors.ts'
import { invalid, missing, printed, similarNames, undeclared } from './issues.ts'
import type { Settings } from './load.ts'
import { type LoadRecord, recordKey, type SecretFile, type SourceRow } from './provenance.ts'
import { replaceSecret, type Secret, secret } from './secret.ts'
import { type Found, find, isHidden, type Sources } from './sources.ts'
import type { Leaf, Spec, Values } from './spec.ts'

/** The value of a variable, and where it came from. */
interface Reading {
  readonly leaf: Leaf
  /** As it stands in the configuration: of a secret, a Secret. */
  readonly value: unknown
  readonly source: string
  /** The file that `X_FILE` names, and what it says. */
  readonly file: string | undefined
  readonly text: string | undefined
}

interface Group {
  [key: string]: unknown
}

/** Every variable of the declaration, deeply frozen. Throws a ConfigError with all problems at once. */
export function read<S extends Spec>(sources: Sources, settings: Settings): Values<S> {
  const { maxBytes } = settings
  const result: Group = {}
  const groups: Group[] = [result]
  const readings: Reading[] = []
  const issues: Issue[] = []
  const unset: Leaf[] = []
  for (const leaf of sources.leaves.values()) {
    const found = find(sources, leaf)
    const reading = found === undefined ? absent(leaf) : taken(leaf, found, maxBytes)
    if (reading === undefined) unset.push(leaf)
    else if ('code' in reading) issues.push(reading)
    else {
      readings.push(reading)
      put(reading, groups)
    }
  }
  if (settings.unknown === 'refuse') issues.push(...undeclared(sources, settings))
  if (issues.length + unset.length + sources.issues.length > 0) {
    throw refusal(issues, unset, sources, settings)
  }
  Object.defineProperty(result, recordKey, { value: recordOf(readings, maxBytes) })
  for (const group of groups) Object.freeze(group)
  return result as Values<S>
}

function refusal(
  issues: readonly Issue[],
  unset: readonly Leaf[],
  sources: Sources,
  settings: Settings,
): ConfigError {
  const similar = similarNames(sources)
  // The command line said something of it that was wrong; that it is missing besides would be noise.
  const mentioned = new Set(sources.issues.map(({ variable }) => variable))
  const lacking = unset.filter(({ variable }) => !mentioned.has(variable))
  return new ConfigError([
    ...sources.issues,
    ...issues,
    ...lacking.map((leaf) => missing(leaf, similar, sources, settings)),
  ])
}

function absent(leaf: Leaf): Reading | undefined {
  const { fallback, optional } = leaf.definition
  if (fallback) return reading(leaf, fallback.value, 'default', undefined, undefined)
  return optional ? reading(leaf, undefined, 'unset', undefined, undefined) : undefined
}

function taken(leaf: Leaf, found: Found | Issue, maxBytes: number): Reading | Issue {
  if ('code' in found) return found
  const { text, source, file } = found
  // A character has at most three bytes.
  if (typeof text !== 'string' || text.length * 3 > maxBytes) {
    const issue = unfit(leaf, found, maxBytes)
    if (issue) return issue
  }
  const outcome = leaf.definition.grammar.parse(text)
  return outcome.ok
    ? reading(leaf, outcome.value, source, file, text)
    : invalid(leaf, text, source, outcome)
}

function unfit(leaf: Leaf, { text, source }: Found, maxBytes: number): Issue | undefined {
  if (typeof text !== 'string')
    return invalid(leaf, undefined, source, { ok: false, fixedHint: 'it is no text' })
  if (Buffer.byteLength(text) <= maxBytes) return undefined
  return invalid(leaf, undefined, source, { ok: false, expected: `at most ${maxBytes} bytes` })
}

function reading(
  leaf: Leaf,
  value: unknown,
  source: string,
  file: string | undefined,
  text: string | undefined,
): Reading {
  const concealed = leaf.definition.secret && value !== undefined ? secret(value) : value
  return { leaf, value: concealed, source, file, text }
}

/** Puts a value where its path says. */
function put({ leaf, value }: Reading, groups: Group[]): void {
  const { path } = leaf
  const group = path.length === 1 ? groups[0] : groupOf(path, groups)
  if (group) group[path[path.length - 1] ?? ''] = value
}

/** The group that a value belongs into; it and those above it are made if they are not there, and added to `groups`. */
function groupOf(path: readonly string[], groups: Group[]): Group {
  let group = groups[0] as Group
  for (const key of path.slice(0, -1)) {
    // Own ones only: a group may be called `constructor`.
    if (!Object.hasOwn(group, key)) {
      const made: Group = {}
      group[key] = made
      groups.push(made)
    }
    group = group[key] as Group
  }
  return group
}

function recordOf(readings: readonly Reading[], maxBytes: number): LoadRecord {
  let files: readonly SecretFile[] | undefined
  return Object.freeze({
    rows: () => readings.map(row),
    secretFiles: () => (files ??= readings.flatMap((reading) => secretFile(reading, maxBytes))),
  })
}

function row({ leaf, source, value }: Reading): SourceRow {
  const { variable, path } = leaf
  const text = value === undefined ? undefined : isHidden(leaf) ? redacted : shownValue(leaf, value)
  return Object.freeze({ variable, path: path.join('.'), source, value: text })
}

/** What the schema of another library makes may hold a credential anywhere, and may fail when it is written. */
function shownValue(leaf: Leaf, value: unknown): string {
  const { grammar } = leaf.definition
  if (grammar.type === 'schema' && !grammar.opaque) {
    if (typeof value === 'function') return 'a function'
    if (typeof value === 'object' && value !== null)
      return Array.isArray(value) ? 'an array' : 'an object'
  }
  try {
    return printed(leaf, grammar.format(value), shownPlain)
  } catch {
    return 'a value that cannot be shown'
  }
}

/** None, or one, when the reading is a secret that came from a file. */
function secretFile({ leaf, value, file, text }: Reading, maxBytes: number): readonly SecretFile[] {
  const { variable, path, definition } = leaf
  if (!definition.secret || file === undefined || text === undefined) return []
  let current = text
  const accept = (next: string): boolean => {
    const outcome =
      next === '' && !definition.allowEmpty ? undefined : definition.grammar.parse(next)
    if (!outcome?.ok) return false
    replaceSecret(value as Secret<unknown>, outcome.value)
    current = next
    return true
  }
  return [
    {
      variable,
      path: path.join('.'),
      file,
      maxBytes,
      accept,
      get text() {
        return current
      },
    },
  ]
}
