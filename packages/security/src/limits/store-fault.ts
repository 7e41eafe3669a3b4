import { codeOf } from '@clew/internal/errors/error'

/**
 * Why a call of a store failed, for a report: a code at most, since the message of a driver may
 * contain anything.
 *
 * @param isLate - there was no answer in time
 */
export function storeFault(error: unknown, isLate: boolean): string {
  const code = isLate ? 'ETIMEDOUT' : codeOf(error)
  return code !== undefined && /^[\w.-]{1,64}$/.test(code) ? code : 'an error without a code'
}
