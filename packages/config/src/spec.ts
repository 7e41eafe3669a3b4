import { shown } from './display.ts'
import { misuse, wrongOption } from './errors.ts'
import { type AnyKind, type Definition, definitionKey, isKind, type Kind } from './kind.ts'
import { isDigit, isName, upperSnake } from './names.ts'

/** A declaration: kinds, and groups of them. */
export interface Spec {
  readonly [key: string]: AnyKind | Spec
}

/** The configuration that a declaration gives. */
export type Values<S extends Spec> = {
  readonly [K in keyof S]: S[K] extends Kind<infer T> ? T : S[K] extends Spec ? Values<S[K]> : never
}

/** One variable of a declaration. */
export interface Leaf {
  readonly path: readonly string[]
  readonly variable: string
  /** What the path makes of itself, in upper case: the variable without the prefix, unless it has a name of its own. */
  readonly derived: string
  readonly definition: Definition<unknown>
}

/** All variables of a declaration, in its order, by their names. */
export type Leaves = ReadonlyMap<string, Leaf>

const maxKeyLength = 64
const maxLeaves = 10_000
const maxGroups = 32

/**
 * All variables of a declaration, in its order. Throws when two of them would have the same name, or the same option.
 * The prefix is one of {@link prefixOf}.
 */
export function leavesOf(spec: Spec, prefix: string): Leaves {
  if (!isGroup(spec)) throw wrongOption('config', 'spec', 'an object of kinds', spec)
  const collected: Collected = { prefix, leaves: new Map(), named: false }
  collect(spec, [], '', collected)
  if (collected.named) refuseEqualOptions(collected.leaves)
  return collected.leaves
}

/** `APP` and `APP_` are the same prefix. */
export function prefixOf(prefix: unknown): string {
  if (prefix === '') return ''
  if (typeof prefix !== 'string' || !isName(prefix, maxKeyLength)) {
    throw wrongOption('config.load', 'prefix', 'a name such as APP', prefix)
  }
  return prefix.endsWith('_') ? prefix : `${prefix}_`
}

/** The command-line option, without the dashes: `HTTP_ADDR` is `http-addr`. */
export function optionOf({ derived }: Leaf): string {
  return derived.toLowerCase().replaceAll('_', '-')
}

interface Collected {
  readonly prefix: string
  readonly leaves: Map<string, Leaf>
  /** A variable has a name of its own. */
  named: boolean
}

function collect(
  spec: Spec,
  above: readonly string[],
  derivedAbove: string,
  collected: Collected,
): void {
  for (const key of Object.keys(spec)) {
    const own = key.length > maxKeyLength || key === '__proto__' ? undefined : upperSnake(key)
    const path = [...above, key]
    if (own === undefined || isDigit(key.charCodeAt(0))) throw noName(path)
    const derived = derivedAbove === '' ? own : `${derivedAbove}_${own}`
    const entry = spec[key]
    if (isKind(entry)) {
      add(path, derived, entry[definitionKey], collected)
    } else if (isGroup(entry) && !isForeignSchema(entry) && path.length < maxGroups) {
      collect(entry, path, derived, collected)
    } else {
      throw noKind(path, entry)
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
  if (leaves.has(variable)) throw twoOfOneName(leaves.get(variable), leaf, `variable ${variable}`)
  if (leaves.size === maxLeaves) throw tooMany()
  leaves.set(variable, leaf)
  if (definition.name !== undefined) collected.named = true
}

/** Without names of their own, variables that differ have options that differ. */
function refuseEqualOptions(leaves: Leaves): void {
  const seen = new Map<string, Leaf>()
  for (const leaf of leaves.values()) {
    const twin = seen.get(leaf.derived)
    if (twin) throw twoOfOneName(twin, leaf, `option ${optionOf(leaf)}`)
    seen.set(leaf.derived, leaf)
  }
}

function noName(path: readonly string[]): TypeError {
  const key = path[path.length - 1] ?? ''
  const group = path.length > 1 ? `, in ${path.slice(0, -1).join('.')},` : ''
  return misuse(
    'ERR_CONFIG_DECLARATION',
    `${shown(key)}${group} is no name for a variable: letters, digits and _ only`,
  )
}

function noKind(path: readonly string[], entry: unknown): TypeError {
  return misuse(
    'ERR_CONFIG_DECLARATION',
    isForeignSchema(entry)
      ? `${path.join('.')} is the schema of a library: write config.schema(…) around it`
      : `${path.join('.')} is neither a kind (config.string() …) nor a group of kinds`,
  )
}

function tooMany(): TypeError {
  return misuse('ERR_CONFIG_DECLARATION', `more than ${maxLeaves} variables are declared`)
}

function twoOfOneName(one: Leaf | undefined, other: Leaf, what: string): TypeError {
  return misuse(
    'ERR_CONFIG_DECLARATION',
    `${one?.path.join('.')} and ${other.path.join('.')} would both be the ${what}`,
  )
}

function isGroup(value: unknown): value is Spec {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isKind(value)
}

/** What zod, valibot and others make: https://standardschema.dev. Those of arktype are functions. */
function isForeignSchema(value: unknown): boolean {
  return (
    (typeof value === 'object' || typeof value === 'function') &&
    value !== null &&
    '~standard' in value
  )
}
