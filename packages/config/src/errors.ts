import { quote, visible } from './display.ts'

/** Every `code` this package uses. */
export type ConfigErrorCode = 'ERR_CONFIG_INVALID' | 'ERR_CONFIG_DECLARATION' | 'ERR_CONFIG_OPTION'

/** What is wrong with one variable. Never contains the value of a secret. */
export interface Issue {
  /**
   * - `missing`: required, and set nowhere
   * - `invalid`: set, and its kind refuses the value
   * - `conflict`: given twice in the same place (`X` and `X_FILE`, an option repeated)
   * - `unreadable`: the file that `X_FILE` names, or the `.env` file, cannot be read
   * - `syntax`: a line of the `.env` file is not an assignment
   * - `unknown`: a command-line option, or a variable with the prefix, that nothing declares
   * - `async`: the schema of this variable is asynchronous
   */
  readonly code: 'missing' | 'invalid' | 'conflict' | 'unreadable' | 'syntax' | 'unknown' | 'async'
  /** The environment variable, such as `DATABASE_URL`. `undefined`: the problem belongs to no declared variable. */
  readonly variable: string | undefined
  /** Where it stands in the declaration, such as `database.url`. */
  readonly path: string | undefined
  /** What is wrong, in a few words. */
  readonly problem: string
  /** What the variable's kind takes. */
  readonly expected: string | undefined
  /** What came: escaped, cut to 64 characters; `[redacted]` for a secret. */
  readonly received: string | undefined
  /** Where it came from: `environment`, `.env:12`, `option --http-addr`, `file /run/secrets/x`. */
  readonly source: string | undefined
  readonly hint: string | undefined
}

/** An issue; what is not said is undefined. */
export function issueOf(said: Pick<Issue, 'code' | 'problem'> & Partial<Issue>): Issue {
  return {
    variable: undefined,
    path: undefined,
    expected: undefined,
    received: undefined,
    source: undefined,
    hint: undefined,
    ...said,
  }
}

const maxIssuesPrinted = 100

/** The configuration cannot be used. Holds all problems, sorted by variable; the message is a readable report. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly code: ConfigErrorCode = 'ERR_CONFIG_INVALID'
  readonly issues: readonly Issue[]

  constructor(issues: readonly Issue[]) {
    const sorted = issues.map(onOneLine).sort(byVariable)
    super(report(sorted))
    this.issues = Object.freeze(sorted)
  }
}

/** Whatever came into it, from the environment or from a declaration: no line of the report can be forged, no cursor moved. */
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

/** The declaration itself is wrong: the caller's mistake, so a TypeError. */
export function misuse(code: ConfigErrorCode, message: string): TypeError {
  return Object.assign(new TypeError(visible(message)), { code })
}

/** An option that is wrong, named, with what was received. */
export function wrongOption(
  owner: string,
  option: string,
  must: string,
  received: unknown,
): TypeError {
  return misuse(
    'ERR_CONFIG_OPTION',
    `${owner}: ${option} must be ${must}, received ${received === undefined ? 'nothing' : describe(received)}`,
  )
}

function describe(value: unknown): string {
  if (typeof value === 'string') return quote(value)
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'object' && value !== null)
    return Array.isArray(value) ? 'an array' : 'an object'
  return String(value)
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
  const came = received === undefined ? '' : `: ${received}`
  const from = source === undefined ? '' : ` (${source})`
  const lines = [`  ${problem}${came}${from}`]
  if (expected !== undefined) lines.push(`    expected: ${expected}`)
  if (hint !== undefined) lines.push(`    hint: ${hint}`)
  return lines.join('\n')
}
