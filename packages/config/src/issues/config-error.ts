import { CodedError } from '@clew/internal/errors/error'
import { visible } from '@clew/internal/errors/show'
import type { Issue } from './issue.ts'

/** Every `code` of this package. */
export type ConfigErrorCode = 'ERR_CONFIG_INVALID' | 'ERR_CONFIG_DECLARATION' | 'ERR_CONFIG_OPTION'

const maxIssuesPrinted = 100

/**
 * The environment does not satisfy the declaration. Its message is a report of all problems, sorted
 * by variable.
 */
export class ConfigError extends CodedError<ConfigErrorCode> {
  override readonly name = 'ConfigError'
  readonly issues: readonly Issue[]

  constructor(issues: readonly Issue[]) {
    const sorted = issues.map(onOneLine).sort(byVariable)
    super('ERR_CONFIG_INVALID', report(sorted))
    this.issues = Object.freeze(sorted)
  }
}

/**
 * Escapes all text from the environment and the declaration, so that it cannot forge a line of the
 * report.
 */
function onOneLine(issue: Issue): Issue {
  const { problem, expected, received, source, hint } = issue
  return Object.freeze({
    ...issue,
    problem: visible(problem),
    expected: expected && visible(expected),
    received: received && visible(received),
    source: source && visible(source),
    hint: hint && visible(hint),
  })
}

function byVariable(a: Issue, b: Issue): number {
  const [left, right] = [a.variable ?? '', b.variable ?? '']
  return left < right ? -1 : left > right ? 1 : 0
}

function report(issues: readonly Issue[]): string {
  const count = issues.length
  const printed = issues.slice(0, maxIssuesPrinted)
  const head =
    count === 1 ? 'The configuration has a problem:' : `The configuration has ${count} problems:`
  const more = count > printed.length ? [`  … and ${count - printed.length} more`] : []
  return [head, ...printed.map(paragraph), ...more].join('\n\n')
}

function paragraph(issue: Issue): string {
  const { problem, received, source, expected, hint } = issue
  const value = received === undefined ? '' : `: ${received}`
  const from = source === undefined ? '' : ` (${source})`
  const lines = [`  ${problem}${value}${from}`]
  if (expected !== undefined) lines.push(`    expected: ${expected}`)
  if (hint !== undefined) lines.push(`    hint: ${hint}`)
  return lines.join('\n')
}
