import { offer } from '@clew/internal/observers/source'
import type { Reporter } from '@clew/internal/reports/reporter'
import type { Leaf } from '../declaration/leaves.ts'
import { ruleSetsOf } from '../declaration/rules.ts'
import type { Spec, Values } from '../declaration/spec.ts'
import { ConfigError } from '../issues/config-error.ts'
import type { Issue } from '../issues/issue.ts'
import { find, type Sources } from '../sources/sources.ts'
import { missing, similarNames, undeclared } from './problems.ts'
import { absent, parsed, type Reading } from './reading.ts'
import { type LoadRecord, recordKey, type SecretFile } from './record.ts'
import { reportRenamed } from './renamed.ts'
import { brokenRules } from './rules.ts'
import { secretFilesOf } from './secret-file.ts'
import type { Settings } from './settings.ts'
import { rowOf } from './source-row.ts'

interface Group {
  [key: string]: unknown
}

/** The values of all variables, deeply frozen. Throws a ConfigError with all problems at once. */
export function readConfiguration<S extends Spec>(
  spec: S,
  sources: Sources,
  settings: Settings,
): Values<S> {
  const { maxBytes, caller } = settings
  const result: Group = {}
  const groups: Group[] = [result]
  const readings: Reading[] = []
  const issues: Issue[] = []
  const unset: Leaf[] = []
  for (const leaf of sources.leaves.values()) {
    const found = find(sources, leaf)
    const reading =
      found === undefined ? absent(leaf) : 'code' in found ? found : parsed(leaf, found, maxBytes)
    if (reading === undefined) unset.push(leaf)
    else if ('code' in reading) issues.push(reading)
    else {
      readings.push(reading)
      put(reading, groups)
    }
  }
  if (settings.unknown === 'refuse') issues.push(...undeclared(sources, settings))
  const early: Early = {}
  Object.defineProperty(result, recordKey, { value: recordOf(readings, maxBytes, early) })
  for (const group of groups) Object.freeze(group)
  const rules = ruleSetsOf(spec)
  if (rules.length > 0) {
    const invalid = invalidPaths([...sources.issues, ...issues], unset)
    issues.push(...brokenRules(rules, { caller, configuration: result, readings, invalid }))
  }
  if (issues.length + unset.length + sources.issues.length > 0) {
    throw errorOf(issues, unset, sources, settings)
  }
  early.reporter = reportRenamed(readings)
  return result as Values<S>
}

function errorOf(
  issues: readonly Issue[],
  unset: readonly Leaf[],
  sources: Sources,
  settings: Settings,
): ConfigError {
  const similar = similarNames(sources)
  // A variable with a problem on the command line is not reported as missing too.
  const mentioned = new Set(sources.issues.map(({ variable }) => variable))
  const lacking = unset.filter(({ variable }) => !mentioned.has(variable))
  return new ConfigError([
    ...sources.issues,
    ...issues,
    ...lacking.map((leaf) => missing(leaf, similar, sources, settings)),
  ])
}

/** Puts a value at its path. */
function put({ leaf, value }: Reading, groups: Group[]): void {
  const { path } = leaf
  const group = path.length === 1 ? groups[0] : groupOf(path, groups)
  if (group) group[path[path.length - 1] ?? ''] = value
}

/** The group of a value. Creates it and those above it if needed, and adds them to `groups`. */
function groupOf(path: readonly string[], groups: Group[]): Group {
  let group = groups[0] as Group
  for (const key of path.slice(0, -1)) {
    // Not an inherited property: a group may be called `constructor`.
    if (!Object.hasOwn(group, key)) {
      const created: Group = {}
      group[key] = created
      groups.push(created)
    }
    group = group[key] as Group
  }
  return group
}

function invalidPaths(issues: readonly Issue[], unset: readonly Leaf[]): readonly string[] {
  return [...issues.flatMap(({ path }) => path ?? []), ...unset.map(({ path }) => path.join('.'))]
}

/** Its reporter is created when the configuration is known to be valid. */
interface Early {
  reporter?: Reporter | undefined
}

function recordOf(readings: readonly Reading[], maxBytes: number, early: Early): LoadRecord {
  let files: readonly SecretFile[] | undefined
  offer('config.rows', () => readings.map(rowOf))
  return Object.freeze<LoadRecord>({
    rows: () => readings.map(rowOf),
    subscribe: (listener) => early.reporter?.subscribe(listener),
    secretFiles: () => (files ??= readings.flatMap((reading) => secretFilesOf(reading, maxBytes))),
  })
}
