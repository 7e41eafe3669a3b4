import { mistake } from '@clew/internal/errors/error'
import { OptionCheck } from '@clew/internal/options/check'
import type { SecurityErrorCode } from './errors.ts'

/** Options of which this one is not left out. */
export type Given<T, K extends keyof T> = { readonly [P in K]-?: Exclude<T[P], undefined> }

export type Check = OptionCheck<SecurityErrorCode>

/** @param caller - the public function as a user writes it: `security.create` */
export function optionCheck(caller: string): Check {
  return new OptionCheck<SecurityErrorCode>('ERR_SECURITY_OPTION', caller)
}

const expectedName = '1 to 128 printable ASCII characters without quotes and backslashes'

/** A name that is safe in a quoted string of a header, and in a log. */
export function nameOption(check: Check, option: string, value: unknown): string {
  if (
    typeof value === 'string' &&
    /^[\x21\x23-\x5b\x5d-\x7e][\x20\x21\x23-\x5b\x5d-\x7e]{0,127}$/.test(value)
  ) {
    return value
  }
  throw check.error(option, expectedName, value)
}

/**
 * Checks that exactly one of two options is given.
 * @param where - the function and the option that holds both: `security.jwt: issuers[0]`
 */
export function requireOneOf<T extends object>(
  where: string,
  options: T,
  [first, second]: readonly [keyof T & string, keyof T & string],
): void {
  const hasFirst = options[first] !== undefined
  if (hasFirst !== (options[second] !== undefined)) return
  throw mistake<SecurityErrorCode>(
    'ERR_SECURITY_OPTION',
    `${where} must have either ${first} or ${second}; received ${hasFirst ? 'both' : 'neither'}`,
  )
}
