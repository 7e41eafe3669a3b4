import type { Check } from '../errors.ts'

/** A string on one line: what is logged must not be able to forge a second line. */
export function checkedLine(
  check: Check,
  option: string,
  value: unknown,
  maxLength: number,
): string {
  if (
    typeof value === 'string' &&
    value.length > 0 &&
    value.length <= maxLength &&
    !/[\u0000-\u001f\u007f\u2028\u2029]/.test(value)
  ) {
    return value
  }
  throw check.error(option, `a string of 1 to ${maxLength} characters on one line`, value)
}
