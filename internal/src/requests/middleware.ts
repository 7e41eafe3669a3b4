import type { IncomingMessage, ServerResponse } from 'node:http'

/** Connect-shaped: fits node:http, Express, Connect, Nest, and Fastify's hooks. */
export type Middleware = (
  req: IncomingMessage,
  res: ServerResponse,
  next: (error?: unknown) => void,
) => void

/** A request listener of node:http. */
export type Handler = (req: IncomingMessage, res: ServerResponse) => void
