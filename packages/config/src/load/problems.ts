import type { Leaf } from '../declaration/leaves.ts'
import { type Issue, issueOf } from '../issues/issue.ts'
import { namesOf, type Sources } from '../sources/sources.ts'
import { nearest } from '../text/nearest.ts'
import { plain, quote } from '../text/quote.ts'
import type { Settings } from './settings.ts'

/** A required variable is set nowhere; with a hint at what may have been meant. */
export function missing(
  leaf: Leaf,
  similar: SimilarNames,
  sources: Sources,
  settings: Settings,
): Issue {
  return issueOf({
    code: 'missing',
    variable: leaf.variable,
    path: leaf.path.join('.'),
    problem: `${leaf.variable} is not set`,
    expected: leaf.definition.grammar.expected(),
    hint: missingHint(leaf.variable, similar, sources, settings),
  })
}

function missingHint(
  variable: string,
  similar: SimilarNames,
  sources: Sources,
  { prefix, files }: Settings,
): string | undefined {
  const names = (name: string) =>
    files && !sources.leaves.has(`${variable}_FILE`) ? [name, `${name}_FILE`] : [name]
  const empty = placeOf(names(variable), sources)
  if (empty) return `${empty} is empty, which counts as not set`
  const bare = variable.startsWith(prefix) ? variable.slice(prefix.length) : variable
  const unprefixed = bare === variable ? undefined : placeOf(names(bare), sources)
  if (unprefixed) return `${unprefixed} is set, but the name must start with the prefix ${prefix}`
  const near = similar(variable)
  return near && `${near} is set: is it a typo?`
}

/**
 * The first of these variables that is set anywhere; with its file and line unless it is in the
 * environment.
 */
function placeOf(names: readonly string[], { environment, envFile }: Sources): string | undefined {
  for (const layer of envFile ? [environment, envFile] : [environment]) {
    const name = names.find((variable) => Object.hasOwn(layer.texts, variable))
    if (name) return layer.source ? `${name} (${layer.source(name)})` : name
  }
  return undefined
}

/** The name of an undeclared variable that differs by a typo. */
export type SimilarNames = (variable: string) => string | undefined

const maxSearches = 20
const maxNames = 2_000

/** Bounded: a search takes time in proportion to the size of the environment. */
export function similarNames(sources: Sources): SimilarNames {
  let names: string[] | undefined
  let searches = 0
  return (variable) => {
    if (searches++ >= maxSearches) return undefined
    names ??= take(ordinary(undeclaredNames(sources)), maxNames)
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
  for (const name of namesOf(sources)) if (!sources.leaves.has(name)) yield name
}

function* ordinary(names: Iterable<string>): Iterable<string> {
  for (const name of names) if (isOrdinary(name)) yield name
}

const isOrdinary = (name: string) => /^\w+$/.test(name)

const maxUndeclared = 20

/** Variables that have the prefix and are not declared. */
export function undeclared(sources: Sources, { prefix, files }: Settings): readonly Issue[] {
  const { leaves } = sources
  const issues: Issue[] = []
  for (const name of undeclaredNames(sources)) {
    if (!name.startsWith(prefix)) continue
    if (files && name.endsWith('_FILE') && leaves.has(name.slice(0, -5))) continue
    const near = nearest(name, leaves.keys())
    issues.push(
      issueOf({
        code: 'unknown',
        variable: plain(name, 256),
        problem: `${isOrdinary(name) ? plain(name, 256) : quote(name, 256)} is set, but not declared`,
        hint: near && `did you mean ${near}?`,
      }),
    )
    if (issues.length === maxUndeclared) break
  }
  return issues
}
