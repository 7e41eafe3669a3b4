import type { AnyKind } from './kind.ts'
import { isKind } from './kind.ts'
import { checkOf, declarationMistake } from './mistakes.ts'
import type { Spec, Values } from './spec.ts'

/** A registered symbol, not enumerable: the `load` of any copy of this package finds the rules. */
const rulesKey: unique symbol = Symbol.for('@clew/config/rules/v1') as never

/** The path of a variable in a declaration: `tls.cert`. */
export type PathOf<S extends Spec> = string extends keyof S
  ? string
  : {
      [K in keyof S & string]: S[K] extends AnyKind
        ? K
        : S[K] extends Spec
          ? `${K}.${PathOf<S[K]>}`
          : never
    }[keyof S & string]

/** A condition on several variables. */
export interface Rule<S extends Spec = Spec> {
  /** The variable that a report names: its path in the declaration, such as `tls.cert`. */
  readonly path: PathOf<S>
  /**
   * What the variable must: `be set if TLS_ENABLED is true`. A part of reports and documents, so it
   * must not contain a value.
   */
  readonly must: string
  /** Whether the rule is kept. Called only if all values of the declaration are valid. */
  holds(values: Values<S>): boolean
}

/** The rules of a declaration, or of a group in it. */
export interface RuleSet {
  /** The path of the group; empty for the declaration itself. */
  readonly path: readonly string[]
  readonly rules: readonly Rule[]
}

const maxRules = 1000
const maxLength = 500

/** The same declaration, or group, with rules across its variables. */
export function withRules<const S extends Spec>(spec: S, rules: readonly Rule<NoInfer<S>>[]): S {
  const check = checkOf('config.withRules')
  check.object('spec', spec)
  if (!Array.isArray(rules)) throw check.error('rules', 'an array of rules', rules)
  const all = [...rulesIn(spec), ...(rules as readonly Rule[])]
  if (all.length > maxRules) throw check.error('rules', `at most ${maxRules} rules`, rules)
  for (const [index, rule] of rules.entries()) checkRule(rule as Rule, `rules[${index}]`, spec)
  const copy = Object.defineProperty({ ...spec }, rulesKey, {
    value: Object.freeze(all.map((rule) => Object.freeze({ ...rule }))),
  })
  return Object.freeze(copy)
}

function checkRule(rule: Rule, name: string, spec: Spec): void {
  const check = checkOf('config.withRules')
  check.options(name, check.object(name, rule), ['path', 'must', 'holds'])
  const { path, must, holds } = rule
  if (typeof must !== 'string' || must.trim() === '' || must.length > maxLength) {
    throw check.error(`${name}.must`, `a text of 1 to ${maxLength} characters`, must)
  }
  if (typeof holds !== 'function') throw check.error(`${name}.holds`, 'a function', holds)
  if (typeof path !== 'string' || !isVariable(path, spec)) {
    const expected = 'the path of a variable of spec, such as tls.cert'
    throw declarationMistake(check.error(`${name}.path`, expected, path).message)
  }
}

function isVariable(path: string, spec: Spec): boolean {
  let part: unknown = spec
  for (const key of path.split('.', 64)) {
    if (typeof part !== 'object' || part === null || isKind(part)) return false
    part = Object.hasOwn(part, key) ? (part as Spec)[key] : undefined
  }
  return isKind(part)
}

function rulesIn(spec: object): readonly Rule[] {
  return (spec as { [rulesKey]?: readonly Rule[] })[rulesKey] ?? []
}

/** The rules of a declaration and of all groups in it. The declaration is known to be one. */
export function ruleSetsOf(spec: Spec, path: readonly string[] = []): readonly RuleSet[] {
  const sets: RuleSet[] = []
  const rules = rulesIn(spec)
  if (rules.length > 0) sets.push({ path, rules })
  for (const key of Object.keys(spec)) {
    const entry = spec[key]
    if (entry && !isKind(entry)) sets.push(...ruleSetsOf(entry, [...path, key]))
  }
  return sets
}
