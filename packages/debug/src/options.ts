import { optionError } from './errors.ts'

/** A value as an error message shows it: short, and on one line. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 60))
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'object' && value !== null)
    return Array.isArray(value) ? 'a list' : 'an object'
  return String(value).slice(0, 60)
}

export function numberIn(name: string, value: unknown, min: number, max: number): number {
  if (typeof value === 'number' && value >= min && value <= max) return value
  throw optionError(`${name} must be a number from ${min} to ${max}, got ${shown(value)}`)
}

export function integerIn(name: string, value: unknown, min: number, max: number): number {
  if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max)
    return value as number
  throw optionError(`${name} must be an integer from ${min} to ${max}, got ${shown(value)}`)
}

/** Printable text on one line, so that it cannot forge a second line of a log. */
export function textOf(name: string, value: unknown, maxLength: number): string {
  if (
    typeof value === 'string' &&
    value.length > 0 &&
    value.length <= maxLength &&
    !/[\u0000-\u001f\u007f\u2028\u2029]/.test(value)
  )
    return value
  throw optionError(
    `${name} must be a text of 1 to ${maxLength} characters on one line, got ${shown(value)}`,
  )
}

export function onlyKeys(name: string, value: object, known: readonly string[]): void {
  const unknown = Object.keys(value).find((key) => !known.includes(key))
  if (unknown !== undefined)
    throw optionError(`${name} has no ${shown(unknown)}: it takes ${known.join(', ')}`)
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
