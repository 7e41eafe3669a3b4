import { show } from '@clew/internal/errors/show'
import { isCredentialVariable } from '@clew/internal/redaction/credential-names'
import { type Definition, definitionKey, isKind } from './kind.ts'
import { checkOf, declarationMistake } from './mistakes.ts'
import { isDigit, isName, upperSnake } from './names.ts'
import type { Spec } from './spec.ts'

/** One variable of a declaration. */
export interface Leaf {
  readonly path: readonly string[]
  readonly variable: string
  /**
   * The path in upper snake case: the variable without the prefix, unless it has a name of its own.
   */
  readonly derived: string
  readonly definition: Definition<unknown>
}

/** All variables of a declaration by their names, in the order of the declaration. */
export type Leaves = ReadonlyMap<string, Leaf>

const maxKeyLength = 64
const maxLeaves = 10_000
const maxGroups = 32

/**
 * All variables of a declaration.
 * @param prefix - as returned by {@link prefixOf}
 * @param caller - the public function that was given the declaration: `config.load`
 * @throws TypeError if a part of it is neither a kind nor a group, or two variables have the same
 *   name or the same command-line option
 */
export function leavesOf(spec: Spec, prefix: string, caller: string): Leaves {
  if (!isGroup(spec)) throw checkOf(caller).error('spec', 'an object of kinds', spec)
  const collected: Collected = { caller, prefix, leaves: new Map(), named: false, aliased: false }
  collect(spec, [], '', collected)
  if (collected.named) refuseEqualOptions(collected)
  if (collected.aliased) refuseEqualAliases(collected)
  return collected.leaves
}

/** The prefix with its `_`: `APP` and `APP_` are the same. */
export function prefixOf(prefix: unknown, caller: string): string {
  if (prefix === '') return ''
  if (typeof prefix !== 'string' || !isName(prefix, maxKeyLength)) {
    throw checkOf(caller).error('prefix', 'a name such as APP', prefix)
  }
  return prefix.endsWith('_') ? prefix : `${prefix}_`
}

/** The command-line option, without the dashes: `HTTP_ADDR` is `http-addr`. */
export function optionOf({ derived }: Leaf): string {
  return derived.toLowerCase().replaceAll('_', '-')
}

/** Whether the value is never shown: that of a secret, or of a variable named like a credential. */
export function isHidden({ definition, variable }: Leaf): boolean {
  return definition.secret || isCredentialVariable(variable)
}

/** Whether X may be read from the file that X_FILE names. */
export function takesFile({ definition }: Leaf): boolean {
  return definition.file ?? definition.secret
}

interface Collected {
  readonly caller: string
  readonly prefix: string
  readonly leaves: Map<string, Leaf>
  /** Whether any variable has a name of its own. */
  named: boolean
  /** Whether any variable has a former name. */
  aliased: boolean
}

function collect(
  spec: Spec,
  above: readonly string[],
  derivedAbove: string,
  collected: Collected,
): void {
  for (const key of Object.keys(spec)) {
    const name = key.length > maxKeyLength || key === '__proto__' ? undefined : upperSnake(key)
    const path = [...above, key]
    if (name === undefined || isDigit(key.charCodeAt(0))) throw invalidKey(path, collected)
    const derived = derivedAbove === '' ? name : `${derivedAbove}_${name}`
    const entry = spec[key]
    if (isKind(entry)) {
      add(path, derived, entry[definitionKey], collected)
    } else if (isGroup(entry) && !isForeignSchema(entry) && path.length < maxGroups) {
      collect(entry, path, derived, collected)
    } else {
      throw notAKind(path, entry, collected)
    }
  }
}

function add(
  path: readonly string[],
  derived: string,
  definition: Definition<unknown>,
  collected: Collected,
): void {
  const { leaves, prefix } = collected
  const variable = definition.name ?? prefix + derived
  const leaf = { path, variable, derived, definition }
  const twin = leaves.get(variable)
  if (twin) throw duplicate(twin, leaf, `variable ${variable}`, collected)
  if (leaves.size === maxLeaves) throw tooMany(collected)
  leaves.set(variable, leaf)
  if (definition.name !== undefined) collected.named = true
  if (definition.aliases !== undefined) collected.aliased = true
}

/** Where no variable has a name of its own, different variables have different options. */
function refuseEqualOptions(collected: Collected): void {
  const seen = new Map<string, Leaf>()
  for (const leaf of collected.leaves.values()) {
    const twin = seen.get(leaf.derived)
    if (twin) throw duplicate(twin, leaf, `option --${optionOf(leaf)}`, collected)
    seen.set(leaf.derived, leaf)
  }
}

function refuseEqualAliases(collected: Collected): void {
  const names = new Map(collected.leaves)
  for (const leaf of collected.leaves.values()) {
    for (const alias of leaf.definition.aliases ?? []) {
      const twin = names.get(alias)
      if (twin) throw duplicate(twin, leaf, `variable ${alias}`, collected)
      names.set(alias, leaf)
    }
  }
}

function invalidKey(path: readonly string[], { caller }: Collected): TypeError {
  const key = show(path[path.length - 1])
  const group = path.length > 1 ? ` in ${path.slice(0, -1).join('.')}` : ''
  const expected = `1 to ${maxKeyLength} letters, digits and _, not starting with a digit`
  return declarationMistake(`${caller}: a key of spec must be ${expected}; received ${key}${group}`)
}

function notAKind(path: readonly string[], entry: unknown, { caller }: Collected): TypeError {
  const what = `${caller}: spec.${path.join('.')} must be`
  return declarationMistake(
    isForeignSchema(entry)
      ? `${what} a kind; received a schema: wrap it in config.schema(…)`
      : `${what} a kind such as config.string() or a group of kinds; received ${show(entry)}`,
  )
}

function tooMany({ caller }: Collected): TypeError {
  return declarationMistake(`${caller}: spec must have at most ${maxLeaves} variables`)
}

function duplicate(one: Leaf, other: Leaf, name: string, { caller }: Collected): TypeError {
  const [first, second] = [one.path.join('.'), other.path.join('.')]
  if (one === other) {
    return declarationMistake(`${caller}: ${first} of spec must not have the ${name} twice`)
  }
  return declarationMistake(`${caller}: ${first} and ${second} of spec must not share the ${name}`)
}

function isGroup(value: unknown): value is Spec {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isKind(value)
}

/**
 * A schema of zod, valibot and others: https://standardschema.dev. Those of arktype are functions.
 */
function isForeignSchema(value: unknown): boolean {
  return (
    (typeof value === 'object' || typeof value === 'function') &&
    value !== null &&
    '~standard' in value
  )
}
