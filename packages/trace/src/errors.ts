/** What went wrong, for a program to read. The README has a row for each. */
export type TraceErrorCode =
  | 'ERR_TRACE_OPTION'
  | 'ERR_TRACE_CONFIGURED'
  | 'ERR_TRACE_EXPORTER'
  | 'ERR_TRACE_PEER_MISSING'

/** Why tracing could not be set up. Thrown by {@link configure} only: nothing in the path of a request throws it. */
export class TraceError extends Error {
  override readonly name = 'TraceError'
  readonly code: TraceErrorCode

  constructor(code: TraceErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** A caller's mistake. */
export function mistake(code: TraceErrorCode, message: string): TypeError {
  return Object.assign(new TypeError(message), { code })
}

/** A wrong option, named, with the value received. */
export function badOption(name: string, expected: string, received: unknown): TypeError {
  return mistake('ERR_TRACE_OPTION', `${name} must be ${expected}; received ${shown(received)}`)
}

function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 100))
  if (typeof value === 'object' && value !== null)
    return Array.isArray(value) ? 'an array' : 'an object'
  return typeof value === 'function' ? 'a function' : String(value)
}

/** Checks one number option; `undefined` is taken as not given. */
export function checkNumber(
  name: string,
  value: number | undefined,
  {
    min,
    max = Number.MAX_SAFE_INTEGER,
    integer = true,
  }: { min: number; max?: number; integer?: boolean },
): void {
  if (value === undefined) return
  const fits = typeof value === 'number' && value >= min && value <= max
  if (fits && (!integer || Number.isInteger(value))) return
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`
  throw badOption(name, `${integer ? 'an integer' : 'a number'} ${range}`, value)
}
