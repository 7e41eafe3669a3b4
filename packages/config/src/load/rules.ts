import { declarationMistake } from '../declaration/mistakes.ts'
import type { Rule, RuleSet } from '../declaration/rules.ts'
import type { Spec, Values } from '../declaration/spec.ts'
import { type Issue, issueOf } from '../issues/issue.ts'
import { quote } from '../text/quote.ts'
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
  return sets.flatMap(({ path, rules }) => {
    const above = path.map((key) => `${key}.`).join('')
    if (read.invalid.some((variable) => variable.startsWith(above))) return []
    const values = path.reduce(groupIn, read.configuration) as Values<Spec>
    return rules.flatMap((rule) => issueOfRule(rule, `${above}${rule.path}`, values, read) ?? [])
  })
}

/** It exists: it has the variable of a rule, and no variable of it is missing. */
function groupIn(group: object, key: string): object {
  return (group as Record<string, object>)[key] as object
}

function issueOfRule(
  rule: Rule,
  path: string,
  values: Values<Spec>,
  { caller, readings }: Read,
): Issue | undefined {
  const reading = readings.find(({ leaf }) => leaf.path.join('.') === path)
  if (reading === undefined) return undefined
  const { variable } = reading.leaf
  let kept: unknown
  try {
    kept = rule.holds(values)
  } catch (error) {
    const problem = `${variable} cannot be checked: its rule threw ${errorName(error)}`
    return issueOf({ code: 'rule', variable, path, problem, hint: `the rule: must ${rule.must}` })
  }
  if (typeof (kept as PromiseLike<unknown> | null | undefined)?.then === 'function') {
    Promise.resolve(kept).then(undefined, () => {})
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
