/** What went wrong, for a program to read. The README has a row for each. */
export type MetricsErrorCode =
  | 'ERR_METRICS_OPTION'
  | 'ERR_METRICS_NAME'
  | 'ERR_METRICS_UNIT'
  | 'ERR_METRICS_CONFLICT'
  | 'ERR_METRICS_CONFIGURED'
  | 'ERR_METRICS_EXPORTER'
  | 'ERR_METRICS_PEER_MISSING'

/** Why metrics could not be set up. Thrown by {@link configure} only: nothing in the path of a request throws it. */
export class MetricsError extends Error {
  override readonly name = 'MetricsError'
  readonly code: MetricsErrorCode

  constructor(code: MetricsErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** A caller's mistake. */
export function mistake(code: MetricsErrorCode, message: string): TypeError {
  return Object.assign(new TypeError(message), { code })
}

/** A wrong option, named, with the value received. */
export function badOption(name: string, expected: string, received: unknown): TypeError {
  return mistake('ERR_METRICS_OPTION', `${name} must be ${expected}; received ${shown(received)}`)
}

export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 100))
  if (typeof value === 'object' && value !== null) {
    return Array.isArray(value) ? 'an array' : 'an object'
  }
  return typeof value === 'function' ? 'a function' : String(value)
}

/** Checks one whole number; `undefined` is taken as not given. */
export function checkInteger(
  name: string,
  value: number | undefined,
  min: number,
  max: number = 2 ** 31 - 1,
): void {
  if (value === undefined) return
  if (Number.isInteger(value) && value >= min && value <= max) return
  throw badOption(name, `an integer from ${min} to ${max}`, value)
}
