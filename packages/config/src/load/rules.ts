import { declarationMistake } from '../declaration/mistakes.ts'
import type { Rule, RuleSet } from '../declaration/rules.ts'
import type { Spec, Values } from '../declaration/spec.ts'
import { type Issue, issueOf } from '../issues/issue.ts'
import { quote } from '../text/quote.ts'
import { isPromise } from '../values/promises.ts'
import { isShown, type Reading } from './reading.ts'
import { rowOf } from './source-row.ts'

/** What is known when the rules are checked. */
export interface Read {
  /** The public function that reads the configuration: `config.load`. */
  readonly caller: string
  readonly configuration: object
  readonly readings: readonly Reading[]
  /** The paths of the variables that have a problem. */
  readonly invalid: readonly string[]
}

/** The rules that are not kept. Those of a group that has an invalid value are not checked. */
export function brokenRules(sets: readonly RuleSet[], read: Read): readonly Issue[] {
  const { caller, readings } = read
  const byPath = new Map(readings.map((reading) => [reading.leaf.path.join('.'), reading]))
  return sets.flatMap(({ path, rules }) => {
    const above = path.map((key) => `${key}.`).join('')
    if (read.invalid.some((variable) => variable.startsWith(above))) return []
    const values = path.reduce(groupIn, read.configuration) as Values<Spec>
    return rules.flatMap((rule) => {
      const reading = byPath.get(above + rule.path)
      return (reading && issueOfRule(rule, reading, values, caller)) ?? []
    })
  })
}

/** It exists: it has the variable of a rule, and no variable of it is missing. */
function groupIn(group: object, key: string): object {
  return (group as Record<string, object>)[key] as object
}

function issueOfRule(
  rule: Rule,
  reading: Reading,
  values: Values<Spec>,
  caller: string,
): Issue | undefined {
  const { variable } = reading.leaf
  const path = reading.leaf.path.join('.')
  let kept: unknown
  try {
    kept = rule.holds(values)
  } catch (error) {
    const problem = `${variable} cannot be checked: its rule threw ${errorName(error)}`
    return issueOf({ code: 'rule', variable, path, problem, hint: `the rule: must ${rule.must}` })
  }
  if (isPromise(kept)) {
    throw declarationMistake(`${caller}: the rule of ${path} must not be asynchronous`)
  }
  if (kept) return undefined
  const { value, source } = rowOf(reading)
  const isSet = value !== undefined
  return issueOf({
    code: 'rule',
    variable,
    path,
    problem: `${variable} must ${rule.must}`,
    received: isSet ? (isShown(reading) ? quote(value) : value) : undefined,
    source: isSet ? source : undefined,
  })
}

/** Not the message, which may contain a value. */
function errorName(error: unknown): string {
  if (!(error instanceof Error)) return 'something other than an error'
  return /^\w{1,64}$/.test(error.name) ? error.name : 'an error'
}
