import type { Attributes } from '@opentelemetry/api'
import type { Check } from '../errors.ts'
import { urlPath } from '../semconv.ts'

/** Samples always or never: requests by their path, other spans by their name. */
export interface SamplingRule {
  /** The exact path or span name, or a pattern without the flags g and y. */
  readonly match: string | RegExp
  readonly sample: 'always' | 'never'
}

/** The first rule that matches a span. */
export function ruleOf(
  rules: readonly SamplingRule[],
  spanName: string,
  attributes: Readonly<Attributes>,
): SamplingRule | undefined {
  const path = attributes[urlPath]
  const target = typeof path === 'string' ? path : spanName
  return rules.find(({ match }) =>
    typeof match === 'string' ? match === target : match.test(target),
  )
}

export function checkRules(check: Check, rules: readonly SamplingRule[]): void {
  if (!Array.isArray(rules)) throw check.error('rules', 'an array of rules', rules)
  for (const [index, rule] of (rules as readonly SamplingRule[]).entries()) {
    const option = `rules[${index}]`
    const { match, sample } = check.options(option, check.object(option, rule), ['match', 'sample'])
    const isPattern = typeof match === 'object' && typeof match?.test === 'function'
    if (typeof match !== 'string' && (!isPattern || match.global || match.sticky)) {
      const expected = 'a string, or a RegExp without the flags g and y'
      throw check.error(`${option}.match`, expected, match)
    }
    check.oneOf(`${option}.sample`, sample, ['always', 'never'])
  }
}
