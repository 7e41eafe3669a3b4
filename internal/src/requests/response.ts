import type { IncomingMessage, ServerResponse } from 'node:http'
import { codeOf } from '../errors/error.ts'
import type { Outcome } from './verdict.ts'

// Reads the end of a response from the state that Node leaves on it and on its socket, the same for
// Node 20 to 26, with and without TLS, HTTP/1 and HTTP/2.

interface Ending {
  readonly outcome: Outcome
  readonly error?: unknown
}

const answered: Ending = { outcome: 'answered' }
const aborted: Ending = { outcome: 'aborted' }
const upgraded: Ending = { outcome: 'upgraded' }

/**
 * Whether `finish` can be trusted. Node also emits it for an HTTP/2 response that was never ended,
 * and Node 20 for data still queued for the client when the socket was destroyed.
 */
export function isWhole(req: IncomingMessage, res: ServerResponse): boolean {
  return res.writableEnded && !(req.httpVersionMajor < 2 && req.socket?.destroyed === true)
}

/** How a response ended that is finished (`isWhole`) or closed. */
export function endingOf(req: IncomingMessage, res: ServerResponse, whole: boolean): Ending {
  if (whole) return answered
  if ((req as { readonly upgrade?: unknown }).upgrade === true && !res.headersSent) return upgraded
  const { stream } = res as { readonly stream?: { readonly errored?: unknown } }
  if (stream !== undefined) {
    // HTTP/2. A reset by the peer is an error with one of Node's codes.
    const error = stream.errored ?? undefined
    return error === undefined || codeOf(error)?.startsWith('ERR_HTTP2_')
      ? aborted
      : { outcome: 'failed', error }
  }
  const { socket } = req
  const error = socket?.errored ?? undefined
  if (error !== undefined) {
    // An error that destroys the response, as in `pipeline(source, res)`, destroys the socket too.
    // An error of the connection itself has a code, and does not reach the response.
    return error === res.errored || codeOf(error) === undefined
      ? { outcome: 'failed', error }
      : aborted
  }
  // A client that leaves ends its side of the connection, or the socket has an error. Otherwise
  // this process closed the connection; if the response was complete by then, it was waiting for
  // the client.
  const closedHere =
    socket?.destroyed === true && socket.readableEnded === false && !res.writableEnded
  return closedHere ? { outcome: 'cut' } : aborted
}

/**
 * Whether the header says how long the body is. Otherwise it is sent in chunks, or ends with the
 * connection.
 */
export function isLengthKnown(res: ServerResponse): boolean {
  return res.chunkedEncoding === false && res.shouldKeepAlive
}

/**
 * Bytes of the body: the declared length, or what the socket sent minus the header. The latter
 * includes chunk framing and early hints.
 */
export function bytesOf(
  method: string,
  res: ServerResponse,
  sent: number | undefined,
): number | undefined {
  const { statusCode } = res
  if (method === 'HEAD' || statusCode === 204 || statusCode === 304) return 0
  const header = (res as { _header?: unknown })._header
  const declared = Number(res.getHeader('content-length') ?? lengthIn(header) ?? Number.NaN)
  if (Number.isSafeInteger(declared)) return declared
  if (typeof header !== 'string' || sent === undefined) return undefined
  const body = sent - Buffer.byteLength(header, 'latin1')
  return body >= 0 ? body : undefined
}

/** Node writes it into the header alone if the body is complete before the header is sent. */
function lengthIn(header: unknown): string | undefined {
  if (typeof header !== 'string') return undefined
  return /^content-length: *(\d+) *\r$/im.exec(header)?.[1]
}
