import type { ServerResponse } from 'node:http'

export function reply(
  res: ServerResponse,
  status: number,
  body: string,
  type = 'text/plain; charset=utf-8',
): void {
  res.writeHead(status, {
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  })
  res.end(body)
}

/**
 * The answer if the handler has none: 500 or 503, or the end of a response that has begun.
 * @param error - what breaks the response off: without one it is cut
 */
export function fail(res: ServerResponse, status: 500 | 503 = 500, error?: Error): void {
  if (res.writableEnded) return
  if (res.headersSent) {
    res.destroy(error)
    return
  }
  for (const name of res.getHeaderNames()) {
    if (name !== 'connection') res.removeHeader(name)
  }
  res.statusCode = status
  res.setHeader('Content-Type', 'text/plain; charset=utf-8')
  res.end(status === 500 ? 'Internal Server Error\n' : 'Service Unavailable\n')
}
