/**
 * What went wrong, for programs.
 *
 * - `ERR_DEBUG_OPTION`: an option, or a field of a request's body, is not what it must be (a `TypeError`)
 * - `ERR_DEBUG_BUSY`: another profile is being taken in this process
 * - `ERR_DEBUG_CANCELLED`: the signal was aborted, the client left, or the console was shut down
 * - `ERR_DEBUG_NO_SAMPLER`: the heap sampler is not running, so there is nothing to read at once
 * - `ERR_DEBUG_UNAVAILABLE`: this Node has no inspector, or is not permitted to use it
 * - `ERR_DEBUG_TOO_MANY_SESSIONS`: `maxSessions` are open
 * - `ERR_DEBUG_CLOSED`: the console was shut down
 */
export type DebugErrorCode =
  | 'ERR_DEBUG_OPTION'
  | 'ERR_DEBUG_BUSY'
  | 'ERR_DEBUG_CANCELLED'
  | 'ERR_DEBUG_NO_SAMPLER'
  | 'ERR_DEBUG_UNAVAILABLE'
  | 'ERR_DEBUG_TOO_MANY_SESSIONS'
  | 'ERR_DEBUG_CLOSED'

/** The error of this package. Test `code`, not the class: two copies of a package have two classes. */
export class DebugError extends Error {
  override readonly name = 'DebugError'
  readonly code: DebugErrorCode

  constructor(code: DebugErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.code = code
  }
}

/** The caller's mistake: a `TypeError` with the code `ERR_DEBUG_OPTION`. */
export function optionError(message: string): TypeError & { readonly code: DebugErrorCode } {
  return Object.assign(new TypeError(message), { code: 'ERR_DEBUG_OPTION' as const })
}

export function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
}
