import { CodedError } from '@clew/internal/errors/error'

/** What went wrong, for a program. The README says what to do about each. */
export type SecurityErrorCode =
  | 'ERR_SECURITY_OPTION'
  | 'ERR_SECURITY_POLICY'
  | 'ERR_SECURITY_SCOPE'
  | 'ERR_SECURITY_UNCOVERED'
  | 'ERR_SECURITY_APP_UNKNOWN'
  | 'ERR_SECURITY_NO_PRINCIPAL'
  | 'ERR_SECURITY_NO_INPUTS'
  | 'ERR_SECURITY_KEY_EXISTS'
  | 'ERR_SECURITY_OPENAPI'

/** An error of this package. Test `code`, not the class: two copies have two classes. */
export class SecurityError extends CodedError<SecurityErrorCode> {
  override readonly name: string = 'SecurityError'
}
