import type { IncomingMessage } from 'node:http'

/** Express: the path below which the current router is mounted. */
export const mountPathOf = (req: IncomingMessage): string =>
  (req as { baseUrl?: string }).baseUrl ?? ''
