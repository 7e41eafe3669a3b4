import { CodedError } from '@clew/internal/errors/error'
import { OptionCheck } from '@clew/internal/options/check'

/**
 * - `ERR_SERVER_OPTION`: an option, or the handler, cannot be used (a `TypeError`).
 * - `ERR_SERVER_STATE`: `listen()` on a server that is already listening, or has been shut down.
 * - `ERR_SERVER_LISTEN`: an address could not be bound; `cause` is the system's error.
 * - `ERR_SERVER_CERTIFICATE`: a certificate cannot be read or used; `cause` says why.
 * - `ERR_SERVER_AUDIT`: `security.audit` found a route without a policy; `cause` is its error.
 * - `ERR_SERVER_CLOSING`: the abort reason of a request's signal when the deadline of a shutdown is
 *   near.
 * - `ERR_SERVER_CLIENT_GONE`: the abort reason of a request's signal when the client has
 *   disconnected.
 * - `ERR_SERVER_TIMEOUT`: the abort reason of a request's signal when its handler has not begun its
 *   answer within `timeouts.handlerMs`.
 */
export type ServerErrorCode =
  | 'ERR_SERVER_OPTION'
  | 'ERR_SERVER_STATE'
  | 'ERR_SERVER_LISTEN'
  | 'ERR_SERVER_CERTIFICATE'
  | 'ERR_SERVER_AUDIT'
  | 'ERR_SERVER_CLOSING'
  | 'ERR_SERVER_CLIENT_GONE'
  | 'ERR_SERVER_TIMEOUT'

/** What this package throws, rejects with, and aborts with. Test `code`. */
export class ServerError extends CodedError<ServerErrorCode> {
  override readonly name = 'ServerError'
}

/** Checks the options of one public function, such as `server.create`. */
export type ServerCheck = OptionCheck<ServerErrorCode>

export function createCheck(caller: string): ServerCheck {
  return new OptionCheck('ERR_SERVER_OPTION', caller)
}
