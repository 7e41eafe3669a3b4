import type { IncomingMessage, ServerResponse } from 'node:http'

/** Why a response ended before it was complete. */
export interface Interruption {
  /** Who ended it. An upgrade leaves the response behind: what it was, only the new protocol knows. */
  readonly by: 'client' | 'server' | 'upgrade'
  readonly err?: unknown
}

const byClient: Interruption = { by: 'client' }

/** Told from what Node leaves on the response and its socket, the same way in Node 20 to 26, with TLS and without. */
export function interruptionOf(req: IncomingMessage, res: ServerResponse): Interruption {
  if ((req as { readonly upgrade?: unknown }).upgrade === true && !res.headersSent) {
    return { by: 'upgrade' }
  }
  const { stream } = res as { readonly stream?: { readonly errored?: unknown } }
  if (stream !== undefined) {
    // HTTP/2. What the other side resets has a code of Node's.
    const err = stream.errored ?? undefined
    return err === undefined || /^ERR_HTTP2_/.test(codeOf(err)) ? byClient : { by: 'server', err }
  }
  const { socket } = req
  const err = socket?.errored ?? undefined
  if (err !== undefined) {
    // What destroys the response also destroys the socket, as in `pipeline(source, res)`. Whatever happens to the connection first has a
    // code, and does not reach the response.
    return err === res.errored || codeOf(err) === '' ? { by: 'server', err } : byClient
  }
  // A client that goes away has sent its end, or the system has said so. Otherwise it was this process that closed the connection:
  // `destroy()`, a timeout, or a server that stops. With a complete response in front of it, it waited for the client.
  const closedHere =
    socket?.destroyed === true && socket.readableEnded === false && !res.writableEnded
  return closedHere ? { by: 'server' } : byClient
}

function codeOf(error: unknown): string {
  const { code } = (error ?? {}) as { readonly code?: unknown }
  return typeof code === 'string' ? code : ''
}
