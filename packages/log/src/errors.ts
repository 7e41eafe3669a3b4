export type LogErrorCode =
  /** An option has a value that it cannot have. A `TypeError`. */
  | 'ERR_LOG_OPTION'
  /** The file of an output could not be opened. */
  | 'ERR_LOG_OPEN'

/** An error of this package that is not the caller's mistake. Test its `code`. */
export class LogError extends Error {
  override readonly name = 'LogError'
  readonly code: LogErrorCode

  constructor(code: LogErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** The caller's mistake: a `TypeError` that names the option and the value received. */
export function optionError(option: string, expected: string, received: unknown): TypeError {
  const shown =
    typeof received === 'string'
      ? JSON.stringify(received.slice(0, 80))
      : typeof received === 'object' && received !== null
        ? `an ${Array.isArray(received) ? 'array' : 'object'}`
        : typeof received === 'function'
          ? 'a function'
          : String(received)
  return Object.assign(new TypeError(`${option} must be ${expected}, not ${shown}`), {
    code: 'ERR_LOG_OPTION' as const,
  })
}
