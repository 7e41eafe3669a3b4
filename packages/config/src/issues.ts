import { counted, plain, quote, redacted, shown, withoutCredentials } from './display.ts'
import { type Issue, issueOf } from './errors.ts'
import type { Refusal } from './kind.ts'
import type { Settings } from './load.ts'
import { nearest } from './nearest.ts'
import { isHidden, namesOf, type Sources } from './sources.ts'
import type { Leaf } from './spec.ts'

/** For a secret, only words that quote nothing are used; whatever quotes a value has no credentials in it. */
export function invalid(
  leaf: Leaf,
  text: string | undefined,
  source: string,
  refusal: Refusal,
): Issue {
  const hidden = isHidden(leaf)
  const { fixedHint, hint } = refusal
  return {
    code: refusal.async === true ? 'async' : 'invalid',
    variable: leaf.variable,
    path: leaf.path.join('.'),
    problem: `${leaf.variable} is not accepted`,
    expected: refusal.expected ?? leaf.definition.grammar.expected(),
    received: text === undefined ? undefined : hidden ? redacted : printed(leaf, text, shown),
    source,
    hint: hidden || hint === undefined ? fixedHint : withoutCredentials(hint),
  }
}

/** Required, and set nowhere: with what may have been meant. */
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
  if (empty) return `${empty} is there, but empty, which counts as not set`
  const bare = variable.startsWith(prefix) ? variable.slice(prefix.length) : variable
  const there = bare === variable ? undefined : placeOf(names(bare), sources)
  if (there) return `${there} is set, but the prefix ${prefix} is part of the name`
  const near = similar(variable)
  return near && `${near} is set: a typing mistake?`
}

/** The first of these variables that stands anywhere, and where, unless that is the environment. */
function placeOf(names: readonly string[], { environment, envFile }: Sources): string | undefined {
  for (const layer of envFile ? [environment, envFile] : [environment]) {
    const name = names.find((variable) => Object.hasOwn(layer.texts, variable))
    if (name) return layer.source ? `${name} (${layer.source(name)})` : name
  }
  return undefined
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

const maxUnknown = 20

/** Variables with the prefix that nothing declares. */
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
        problem: `${isOrdinary(name) ? plain(name, 256) : quote(name, 256)} is set, but nothing declares it`,
        hint: near && `did you mean ${near}?`,
      }),
    )
    if (issues.length === maxUnknown) break
  }
  return issues
}

/** The text of a value, or only its length when a part of it may be a secret. */
export function printed(
  { definition }: Leaf,
  text: string | undefined,
  show: (text: string) => string,
): string {
  if (text === undefined) return 'an object'
  return definition.grammar.opaque ? counted(text.length, 'character') : show(text)
}
