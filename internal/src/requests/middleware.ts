import type { IncomingMessage, ServerResponse } from 'node:http'

/** Connect middleware: works with node:http, Express, Connect, Nest, and Fastify's hooks. */
export type Middleware = (
  req: IncomingMessage,
  res: ServerResponse,
  next: (error?: unknown) => void,
) => void

/** A node:http request listener. */
export type Handler = (req: IncomingMessage, res: ServerResponse) => void
