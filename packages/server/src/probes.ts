import type { ServerResponse } from 'node:http'
import type { Handler, HealthPart } from './parts.ts'
import type { ServerState } from './server.ts'

/** `/livez`, `/readyz` and `/startupz`: the checker's answer, or the server's own state where there is no checker. */
export function probesOf(
  health: HealthPart | undefined,
  state: () => ServerState,
): Map<string, Handler> {
  const starting = () => state() === 'created' || state() === 'starting'
  const live: Handler = (_req, res) => reply(res, 200, 'ok\n')
  const ready: Handler = (_req, res) =>
    state() === 'listening' ? reply(res, 200, 'ok\n') : reply(res, 503, 'draining\n')
  const gate =
    (handler: Handler): Handler =>
    (req, res) =>
      starting() ? reply(res, 503, 'starting\n') : handler(req, res)
  return new Map([
    ['/livez', health?.handler('live') ?? live],
    ['/readyz', gate(health?.handler('ready') ?? ready)],
    ['/startupz', gate(health?.handler('startup') ?? live)],
  ])
}

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
