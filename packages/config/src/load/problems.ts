import { type Leaf, takesFile } from '../declaration/leaves.ts'
import { type Issue, issueOf } from '../issues/issue.ts'
import { linkHint, serviceOf } from '../sources/service-links.ts'
import { aliasesOf, namesOf, type Sources } from '../sources/sources.ts'
import { nearest } from '../text/nearest.ts'
import { counted, plain, quote } from '../text/quote.ts'
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
    hint: missingHint(leaf, similar, sources, settings),
  })
}

function missingHint(
  leaf: Leaf,
  similar: SimilarNames,
  sources: Sources,
  { prefix, files }: Settings,
): string | undefined {
  const { variable } = leaf
  const file = files && !sources.leaves.has(`${variable}_FILE`) ? `${variable}_FILE` : undefined
  const names = (name: string) => (file && takesFile(leaf) ? [name, `${name}_FILE`] : [name])
  const empty = placeOf(names(variable), sources)
  if (empty) return `${empty} is empty, which counts as not set`
  const bare = variable.startsWith(prefix) ? variable.slice(prefix.length) : variable
  const unprefixed = bare === variable ? undefined : placeOf(names(bare), sources)
  if (unprefixed) return `${unprefixed} is set, but the name must start with the prefix ${prefix}`
  const unread = file && placeOf([file], sources)
  if (unread) return `${unread} is set, but ${noFileHint(leaf)}`
  const near = similar(variable)
  return near && `${near} is set: is it a typo?`
}

/**
 * The first of these variables that is set anywhere; with its file and line unless it is in the
 * environment.
 */
function placeOf(names: readonly string[], { layers }: Sources): string | undefined {
  for (const layer of layers) {
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
    names ??= take(candidates(sources), maxNames)
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
  const { leaves } = sources
  const aliases = aliasesOf(leaves)
  for (const name of new Set(namesOf(sources))) {
    if (!leaves.has(name) && !aliases.has(name)) yield name
  }
}

/** What somebody may have misspelt: not what Kubernetes sets. */
function* candidates(sources: Sources): Iterable<string> {
  const texts = sources.options.env
  for (const name of undeclaredNames(sources)) {
    if (isOrdinary(name) && serviceOf(name, texts) === undefined) yield name
  }
}

const isOrdinary = (name: string) => /^\w+$/.test(name)

const maxUndeclared = 20

/** Variables that have the prefix and are not declared. Those of one service are one problem. */
export function undeclared(sources: Sources, { prefix, files }: Settings): readonly Issue[] {
  const { leaves, options } = sources
  const aliases = aliasesOf(leaves)
  const issues: Issue[] = []
  const links = new Map<string, string[]>()
  for (const name of undeclaredNames(sources)) {
    if (!name.startsWith(prefix)) continue
    const bare = name.endsWith('_FILE') ? name.slice(0, -5) : undefined
    const owner = bare === undefined ? undefined : (leaves.get(bare) ?? aliases.get(bare))
    if (owner && files && takesFile(owner)) continue
    const service = serviceOf(name, options.env)
    const names = service === undefined ? undefined : links.get(service)
    if (names) names.push(name)
    else if (issues.length + links.size === maxUndeclared) break
    else if (service !== undefined) links.set(service, [name])
    else issues.push(unknown(name, owner ? noFileHint(owner) : nearHint(name, leaves.keys())))
  }
  return [...issues, ...Array.from(links, ([service, names]) => linked(service, names))]
}

function unknown(name: string, hint: string | undefined): Issue {
  const shown = isOrdinary(name) ? plain(name, 256) : quote(name, 256)
  return issueOf({
    code: 'unknown',
    variable: plain(name, 256),
    problem: `${shown} is set, but not declared`,
    hint,
  })
}

function nearHint(name: string, names: Iterable<string>): string | undefined {
  const near = nearest(name, names)
  return near && `did you mean ${near}?`
}

function linked(service: string, names: readonly string[]): Issue {
  const [first = ''] = names
  const more = names.length - 1
  const subject = more === 0 ? `${first} is` : `${first} and ${counted(more, 'other')} are`
  return issueOf({
    code: 'unknown',
    variable: first,
    problem: `${subject} set, but not declared`,
    hint: linkHint(service, more === 0 ? 'it' : 'them'),
  })
}

function noFileHint({ variable }: Leaf): string {
  return `${variable} is not read from a file: it is neither a secret nor declared with fromFile()`
}
