import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { codeOf } from '../errors/error.ts'
import type { Outcome } from './verdict.ts'

// What Node leaves on a response and its socket, read the same way on Node 20 to 26, with TLS and without, HTTP/1 and HTTP/2.

interface Ending {
  readonly outcome: Outcome
  readonly error?: unknown
}

const answered: Ending = { outcome: 'answered' }
const aborted: Ending = { outcome: 'aborted' }
const upgraded: Ending = { outcome: 'upgraded' }

/**
 * Whether `finish` means what it says. It is also emitted for a response of HTTP/2 that nobody has ended, and, on Node 20, for what
 * still waited for the client when the socket was destroyed.
 */
export function isWhole(req: IncomingMessage, res: ServerResponse): boolean {
  return res.writableEnded && !(req.httpVersionMajor < 2 && req.socket?.destroyed === true)
}

/** How a response ended of which Node says that it is finished (`isWhole`), or closed. */
export function endingOf(req: IncomingMessage, res: ServerResponse, whole: boolean): Ending {
  if (whole) return answered
  if ((req as { readonly upgrade?: unknown }).upgrade === true && !res.headersSent) return upgraded
  const { stream } = res as { readonly stream?: { readonly errored?: unknown } }
  if (stream !== undefined) {
    // HTTP/2. What the other side resets has a code of Node's.
    const error = stream.errored ?? undefined
    return error === undefined || codeOf(error)?.startsWith('ERR_HTTP2_')
      ? aborted
      : { outcome: 'failed', error }
  }
  const { socket } = req
  const error = socket?.errored ?? undefined
  if (error !== undefined) {
    // What destroys the response destroys the socket too, as in `pipeline(source, res)`. Whatever happens to the connection first
    // has a code, and does not reach the response.
    return error === res.errored || codeOf(error) === undefined
      ? { outcome: 'failed', error }
      : aborted
  }
  // A client that leaves has sent its end, or the system has said so. Otherwise this process closed the connection. With a complete
  // response in front of it, it waited for the client.
  const closedHere =
    socket?.destroyed === true && socket.readableEnded === false && !res.writableEnded
  return closedHere ? { outcome: 'cut' } : aborted
}

/** Bytes of the body: as declared, or what the socket has sent besides the header; framing of chunks and early hints included. */
export function bytesOf(
  method: string,
  res: ServerResponse,
  socket: Socket | undefined,
  sentBefore: number,
): number | undefined {
  const { statusCode } = res
  if (method === 'HEAD' || statusCode === 204 || statusCode === 304) return 0
  const declared = Number(res.getHeader('content-length') ?? Number.NaN)
  if (Number.isSafeInteger(declared)) return declared
  const header = (res as { _header?: unknown })._header
  if (typeof header !== 'string' || socket === undefined) return undefined
  const sent = socket.bytesWritten - sentBefore - Buffer.byteLength(header, 'latin1')
  return sent >= 0 ? sent : undefined
}
