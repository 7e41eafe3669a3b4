import { CodedError } from '@clew/internal/errors/error'
import { OptionCheck } from '@clew/internal/options/check'

/**
 * What went wrong, for programs.
 *
 * - `ERR_DEBUG_OPTION`: an option, or a field of a request to the console, is invalid (a
 *   `TypeError`)
 * - `ERR_DEBUG_BUSY`: another profile is being taken in this process
 * - `ERR_DEBUG_MEMORY`: a heap snapshot may need more memory than there is
 * - `ERR_DEBUG_CANCELLED`: the signal was aborted, the client disconnected, or the console was shut
 *   down
 * - `ERR_DEBUG_NO_SAMPLER`: the heap sampler is not running, so there is nothing to read
 * - `ERR_DEBUG_UNAVAILABLE`: this Node.js has no inspector, or is not permitted to use it
 * - `ERR_DEBUG_TOO_MANY_SESSIONS`: `maxSessions` sessions are open
 * - `ERR_DEBUG_CLOSED`: the console was shut down
 */
export type DebugErrorCode =
  | 'ERR_DEBUG_OPTION'
  | 'ERR_DEBUG_BUSY'
  | 'ERR_DEBUG_MEMORY'
  | 'ERR_DEBUG_CANCELLED'
  | 'ERR_DEBUG_NO_SAMPLER'
  | 'ERR_DEBUG_UNAVAILABLE'
  | 'ERR_DEBUG_TOO_MANY_SESSIONS'
  | 'ERR_DEBUG_CLOSED'

/**
 * The error of this package. Test `code`, not the class: two copies of a package have two classes.
 */
export class DebugError extends CodedError<DebugErrorCode> {
  override readonly name = 'DebugError'
}

export type Check = OptionCheck<'ERR_DEBUG_OPTION'>

/**
 * @param caller - the public function as a user writes it, or the request: `debug.console`,
 *   `POST /debug/sessions`
 */
export function optionCheck(caller: string): Check {
  return new OptionCheck('ERR_DEBUG_OPTION', caller)
}
