import type { IncomingMessage } from 'node:http'
import type { ServerHttp2Stream } from 'node:http2'

// Error codes of RFC 9113, 7. Loading `node:http2` for them would take longer than all else.
export const noError = 0
export const refusedStream = 7
export const cancelled = 8

/** The stream of an HTTP/2 request; undefined for HTTP/1. */
export function streamOf(req: IncomingMessage): ServerHttp2Stream | undefined {
  return (req as { readonly stream?: ServerHttp2Stream }).stream
}

/** Whether the client has sent the whole request. For HTTP/2, `complete` says that it was read. */
export function isBodyComplete(req: IncomingMessage): boolean {
  if (req.httpVersionMajor < 2 || req.complete) return req.complete
  const stream = streamOf(req)
  return !stream || stream.destroyed || stream.endAfterHeaders || stream.state.remoteClose === 1
}
