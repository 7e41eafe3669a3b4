import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Answer, Probe } from './answer.ts'

/**
 * A node:http request listener. Resolves when it has answered, never rejects: Koa waits for it,
 * others need not.
 */
export type Handler = (req: IncomingMessage, res: ServerResponse) => Promise<void>

export function createHandler(answer: (probe: Probe) => Promise<Answer>): Handler {
  return async (req, res) => {
    try {
      send(res, await answer({ method: req.method, accept: req.headers.accept }))
    } catch {
      // A response object that throws must not become an unhandled rejection.
      res.destroy()
    }
  }
}

function send(res: ServerResponse, { status, headers, body }: Answer): void {
  // The client may have disconnected, or other middleware answered, while the dependencies were
  // pinged.
  if (res.headersSent || res.destroyed) return
  res.writeHead(status, headers)
  res.end(body)
}
