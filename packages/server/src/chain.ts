import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Handler, Middleware } from './parts.ts'

export interface ChainEvents {
  /** The handler threw or rejected. */
  readonly onError: (error: unknown, req: IncomingMessage, res: ServerResponse) => void
  /** A watching layer threw; the request goes on without it. */
  readonly onLayerError: (name: string, error: unknown) => void
}

export interface Layer {
  readonly name: string
  readonly middleware: Middleware
}

/** One handler out of watching layers, outermost first, and the handler they watch. */
export function chain(
  layers: readonly Layer[],
  handler: Handler,
  { onError, onLayerError }: ChainEvents,
): (req: IncomingMessage, res: ServerResponse) => void {
  const innermost = (req: IncomingMessage, res: ServerResponse): void => {
    try {
      const result = handler(req, res) as { then?: unknown } | undefined
      if (typeof result?.then === 'function') {
        ;(result as Promise<unknown>).then(undefined, (error: unknown) => onError(error, req, res))
      }
    } catch (error) {
      onError(error, req, res)
    }
  }
  return layers.reduceRight((inner, { name, middleware }) => {
    return (req, res) => {
      let passed = false
      const next = (error?: unknown) => {
        if (passed) return
        passed = true
        if (error === undefined || error === null) inner(req, res)
        else onError(error, req, res)
      }
      try {
        middleware(req, res, next)
      } catch (error) {
        onLayerError(name, error)
        next()
      }
    }
  }, innermost)
}

/** The answer when the handler has none: 500 or 503, or the end of a response that has begun. */
export function fail(res: ServerResponse, status: 500 | 503 = 500): void {
  if (res.writableEnded) return
  if (res.headersSent) {
    res.destroy()
    return
  }
  for (const name of res.getHeaderNames()) {
    if (name !== 'connection') res.removeHeader(name)
  }
  res.statusCode = status
  res.setHeader('Content-Type', 'text/plain; charset=utf-8')
  res.end(status === 500 ? 'Internal Server Error\n' : 'Service Unavailable\n')
}
