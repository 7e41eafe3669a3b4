/** One problem with the configuration. Never contains the value of a secret. */
export interface Issue {
  /**
   * - `missing`: required, and set nowhere
   * - `invalid`: set to a value that its kind refuses
   * - `conflict`: set twice in the same place (`X` and `X_FILE`, a former name, a repeated option)
   * - `unreadable`: the file named by `X_FILE`, or a `.env` file, cannot be read
   * - `syntax`: a line of a `.env` file is not an assignment, or cannot be expanded
   * - `unknown`: a command-line option, or a variable with the prefix, that is not declared
   * - `async`: the schema of this variable is asynchronous
   * - `rule`: a rule across several variables is not kept
   */
  readonly code:
    | 'missing'
    | 'invalid'
    | 'conflict'
    | 'unreadable'
    | 'syntax'
    | 'unknown'
    | 'async'
    | 'rule'
  /**
   * The environment variable, such as `DATABASE_URL`. `undefined` if the problem is not with a
   * declared variable.
   */
  readonly variable: string | undefined
  /** Its path in the declaration, such as `database.url`. */
  readonly path: string | undefined
  /** What is wrong, in a few words. */
  readonly problem: string
  /** What the variable's kind accepts. */
  readonly expected: string | undefined
  /** The value: escaped, cut to 64 characters; `[redacted]` for a secret. */
  readonly received: string | undefined
  /**
   * Where the value came from: `environment`, `.env:12`, `option --http-addr`, `file
   * /run/secrets/x`.
   */
  readonly source: string | undefined
  readonly hint: string | undefined
}

/** Completes an issue: what is not given is undefined. */
export function issueOf(known: Pick<Issue, 'code' | 'problem'> & Partial<Issue>): Issue {
  return {
    variable: undefined,
    path: undefined,
    expected: undefined,
    received: undefined,
    source: undefined,
    hint: undefined,
    ...known,
  }
}
