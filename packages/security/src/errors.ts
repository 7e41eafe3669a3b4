/** What went wrong, for a program. The README lists what to do about each. */
export type SecurityErrorCode =
  | 'ERR_SECURITY_OPTION'
  | 'ERR_SECURITY_POLICY'
  | 'ERR_SECURITY_SCOPE'
  | 'ERR_SECURITY_UNCOVERED'
  | 'ERR_SECURITY_APP_UNKNOWN'
  | 'ERR_SECURITY_NO_PRINCIPAL'
  | 'ERR_SECURITY_KEYS'

/** Every error of this package. Test its `code`, not its class: two copies of the package can meet in one process. */
export class SecurityError extends Error {
  override readonly name: string = 'SecurityError'
  readonly code: SecurityErrorCode

  constructor(code: SecurityErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** A caller's mistake: a TypeError that has a `code`, too. */
export function mistake(code: SecurityErrorCode, message: string): TypeError {
  return Object.assign(new TypeError(message), { code })
}
