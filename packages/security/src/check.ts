import { mistake } from './errors.ts'

/** A whole number within bounds, or a TypeError that names the option and what it got. */
export function integer(name: string, value: number, min: number, max: number): number {
  if (!Number.isSafeInteger(value) || value < min || value > max) {
    throw mistake(
      'ERR_SECURITY_OPTION',
      `${name} must be an integer from ${min} to ${max}, got ${typeof value === 'number' ? value : typeof value}`,
    )
  }
  return value
}

/** A name that may stand in a quoted string of a header, and in a log. */
export function label(name: string, value: string): string {
  if (
    typeof value !== 'string' ||
    !/^[\x21\x23-\x5b\x5d-\x7e][\x20\x21\x23-\x5b\x5d-\x7e]{0,127}$/.test(value)
  ) {
    throw mistake(
      'ERR_SECURITY_OPTION',
      `${name} must be 1 to 128 printable ASCII characters without quotes and backslashes, got ${shown(value)}`,
    )
  }
  return value
}

/** A caller's value in a message: its kind, and its text only if it is a short string. */
export function shown(value: unknown): string {
  return typeof value === 'string'
    ? JSON.stringify(value.slice(0, 64))
    : value === null
      ? 'null'
      : typeof value
}
