import { redacted, shown } from './display.ts'
import type { Issue } from './errors.ts'
import type { Refusal } from './kind.ts'
import type { Settings } from './load.ts'
import { nearest } from './nearest.ts'
import { isHidden, namesOf, type Sources } from './sources.ts'
import type { Leaf } from './spec.ts'

/** A refusal may quote the text, or be in the words of a foreign schema: for a secret, only the kind's own words are used. */
export function invalid(
  leaf: Leaf,
  text: string | undefined,
  source: string,
  refusal: Refusal,
): Issue {
  const hidden = isHidden(leaf)
  return {
    code: refusal.async === true ? 'async' : 'invalid',
    variable: leaf.variable,
    path: leaf.path.join('.'),
    problem: `${leaf.variable} is not accepted`,
    expected:
      (hidden && text !== undefined ? undefined : refusal.expected) ??
      leaf.definition.grammar.expected(),
    received: text === undefined ? undefined : hidden ? redacted : printed(leaf, text, shown),
    source,
    hint: hidden && text !== undefined && refusal.async !== true ? undefined : refusal.hint,
  }
}

/** Required, and set nowhere: with what may have been meant. */
export function missing(leaf: Leaf, similar: SimilarNames, settings: Settings): Issue {
  return {
    code: 'missing',
    variable: leaf.variable,
    path: leaf.path.join('.'),
    problem: `${leaf.variable} is not set`,
    expected: leaf.definition.grammar.expected(),
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

export type SimilarNames = (variable: string) => string | undefined

const maxSearches = 20
const maxNames = 2_000

/** Looks for what may have been meant, in names that nothing declares. Costs what it costs only so many times. */
export function similarNames(sources: Sources): SimilarNames {
  let names: string[] | undefined
  let searches = 0
  return (variable) => {
    if (searches++ >= maxSearches) return undefined
    names ??= take(undeclaredNames(sources), maxNames)
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

function* undeclaredNames(sources: Sources): Iterable<string> {
  for (const name of namesOf(sources))
    if (/^\w+$/.test(name) && !sources.leaves.has(name)) yield name
}

const maxUnknown = 20

/** Variables with the prefix that nothing declares. */
export function undeclared(sources: Sources, { prefix, files }: Settings): readonly Issue[] {
  const { leaves } = sources
  const issues: Issue[] = []
  for (const name of undeclaredNames(sources)) {
    if (!name.startsWith(prefix)) continue
    if (files && name.endsWith('_FILE') && leaves.has(name.slice(0, -5))) continue
    const near = nearest(name, leaves.keys())
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

/** The text of a value, or only its length when a part of it may be a secret. */
export function printed(
  { definition }: Leaf,
  text: string,
  show: (text: string) => string,
): string {
  return definition.grammar.opaque ? `${text.length} characters` : show(text)
}
