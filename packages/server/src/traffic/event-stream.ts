import type { ServerResponse } from 'node:http'

/**
 * Whether a request is that of an `EventSource`, or of a client like it, which connects again when
 * the stream ends. A POST whose answer is streamed is not: it ends by itself.
 */
export function isEventSource({ method, headers }: ServerResponse['req']): boolean {
  return method === 'GET' && headers.accept?.trim().toLowerCase() === 'text/event-stream'
}

/**
 * Ends an event stream that was opened while draining, once its header is sent: with the header of
 * the handler, the client knows that it may connect again, and reaches another instance.
 */
export function endStream(res: ServerResponse): void {
  setImmediate(() => {
    if (res.writableEnded || res.destroyed) return
    // The handler may go on writing until it hears of the end.
    res.on('error', () => {})
    res.end()
  })
}
