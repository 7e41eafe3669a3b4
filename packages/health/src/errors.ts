/**
 * What went wrong.
 *
 * Thrown as a `TypeError` at construction: `ERR_HEALTH_NAME`, `ERR_HEALTH_ADDRESS`, `ERR_HEALTH_OPTION`.
 * The failure of a ping, as a {@link HealthError}: `ERR_HEALTH_TIMEOUT`, `ERR_HEALTH_STUCK`, `ERR_HEALTH_STATUS`,
 * `ERR_HEALTH_FALSE`.
 */
export type HealthErrorCode =
  | 'ERR_HEALTH_NAME'
  | 'ERR_HEALTH_ADDRESS'
  | 'ERR_HEALTH_OPTION'
  | 'ERR_HEALTH_TIMEOUT'
  | 'ERR_HEALTH_STUCK'
  | 'ERR_HEALTH_STATUS'
  | 'ERR_HEALTH_FALSE'

/** The failure of a ping that this package found itself; the failures of your own functions stay what they are. */
export class HealthError extends Error {
  override readonly name = 'HealthError'
  readonly code: HealthErrorCode

  constructor(code: HealthErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.code = code
  }
}

/** A caller's mistake: a `TypeError` with a `code`. */
export function invalid(code: HealthErrorCode, message: string): TypeError {
  return Object.assign(new TypeError(message), { code })
}
