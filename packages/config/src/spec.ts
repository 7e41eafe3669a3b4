import { shown } from './display.ts'
import { misuse, wrongOption } from './errors.ts'
import { type AnyKind, type Definition, definitionKey, isKind, type Kind } from './kind.ts'
import { optionOf, variableOf, wordsOf } from './names.ts'

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
  /** The command-line option, without the dashes. */
  readonly option: string
  readonly definition: Definition<unknown>
}

const keyPattern = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/
const maxLeaves = 10_000
const maxGroups = 32

/** All variables of a declaration, in its order. Throws when two of them would have the same name. */
export function leavesOf(spec: Spec, prefix: string = ''): readonly Leaf[] {
  if (!isGroup(spec)) throw wrongOption('config', 'spec', 'an object of kinds', spec)
  const start = prefixOf(prefix)
  const leaves: Leaf[] = []
  collect(spec, { path: [], words: [] }, start, leaves)
  refuseTwice(leaves, 'variable')
  refuseTwice(leaves, 'option')
  return leaves
}

/** `APP` and `APP_` are the same prefix. */
export function prefixOf(prefix: unknown): string {
  if (prefix === '') return ''
  if (typeof prefix !== 'string' || !/^[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(prefix)) {
    throw wrongOption('config.load', 'prefix', 'a name such as APP', prefix)
  }
  return prefix.endsWith('_') ? prefix : `${prefix}_`
}

interface Place {
  readonly path: readonly string[]
  readonly words: readonly string[]
}

function collect(spec: Spec, above: Place, prefix: string, leaves: Leaf[]): void {
  for (const key of Object.keys(spec)) {
    const own = wordsOf(key)
    const path = [...above.path, key]
    const words = [...above.words, ...own]
    const entry = spec[key]
    if (!keyPattern.test(key) || key === '__proto__' || own.length === 0) {
      throw misuse(
        'ERR_CONFIG_DECLARATION',
        `${shown(key)} is no name for a variable: letters, digits and _ only`,
      )
    }
    if (isKind(entry)) {
      const definition = entry[definitionKey]
      const variable = definition.name ?? `${prefix}${variableOf(words)}`
      leaves.push({ path, variable, option: optionOf(words), definition })
    } else if (isGroup(entry) && path.length < maxGroups) {
      collect(entry, { path, words }, prefix, leaves)
    } else {
      throw misuse(
        'ERR_CONFIG_DECLARATION',
        `${path.join('.')} is neither a kind (config.string() …) nor a group of kinds`,
      )
    }
    if (leaves.length > maxLeaves) {
      throw misuse('ERR_CONFIG_DECLARATION', `more than ${maxLeaves} variables are declared`)
    }
  }
}

function isGroup(value: unknown): value is Spec {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isKind(value)
}

function refuseTwice(leaves: readonly Leaf[], by: 'variable' | 'option'): void {
  const seen = new Map<string, Leaf>()
  for (const leaf of leaves) {
    const other = seen.get(leaf[by])
    if (other) {
      throw misuse(
        'ERR_CONFIG_DECLARATION',
        `${other.path.join('.')} and ${leaf.path.join('.')} would both be the ${by} ${leaf[by]}`,
      )
    }
    seen.set(leaf[by], leaf)
  }
}
