/**
 * - `ERR_SERVER_OPTION`: an option has a value that cannot be used (a `TypeError`).
 * - `ERR_SERVER_STATE`: `listen()` on a server that listens already, or has been shut down.
 * - `ERR_SERVER_LISTEN`: an address could not be bound; `cause` is the system's error.
 * - `ERR_SERVER_AUDIT`: `security.audit` found a route without a policy; `cause` is its error.
 * - `ERR_SERVER_CLOSING`: the reason of a request's signal, when the deadline of a shutdown is near.
 * - `ERR_SERVER_CLIENT_GONE`: the reason of a request's signal, when the client closed the connection.
 */
export type ServerErrorCode =
  | 'ERR_SERVER_OPTION'
  | 'ERR_SERVER_STATE'
  | 'ERR_SERVER_LISTEN'
  | 'ERR_SERVER_AUDIT'
  | 'ERR_SERVER_CLOSING'
  | 'ERR_SERVER_CLIENT_GONE'

/** What this package throws, rejects with, and aborts with. Test `code`. */
export class ServerError extends Error {
  override readonly name = 'ServerError'
  readonly code: ServerErrorCode

  constructor(code: ServerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** The caller's mistake: names the option, what it may be, and what it was. */
export function optionError(
  option: string,
  expected: string,
  received: unknown,
): TypeError & { readonly code: ServerErrorCode } {
  const message = `${option} must be ${expected}, not ${describe(received)}`
  return Object.assign(new TypeError(message), { code: 'ERR_SERVER_OPTION' as const })
}

function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 100))
  if (typeof value === 'function') return 'a function'
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object' && value !== null) return 'an object'
  return String(value)
}

/** The message of whatever was thrown, on one line and bounded. */
export function messageOf(thrown: unknown): string {
  let text: string
  try {
    const message = (thrown as { message?: unknown } | null)?.message
    text = typeof message === 'string' && message ? message : String(thrown)
  } catch {
    text = 'unprintable error'
  }
  return text.replace(/\s*[\r\n]+\s*/g, ' ').slice(0, 1000)
}
