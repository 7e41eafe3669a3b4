import type { ServerState } from '../lifecycle/server.ts'
import type { Handler, HealthPart } from '../options/parts.ts'
import { reply } from './answers.ts'

/**
 * `/livez`, `/readyz` and `/startupz`: the checker's answer, or the server's own state if there is
 * no checker.
 */
export function createProbes(
  health: HealthPart | undefined,
  state: () => ServerState,
): Map<string, Handler> {
  const isStarting = () => state() === 'created' || state() === 'starting'
  const live: Handler = (_req, res) => reply(res, 200, 'ok\n')
  const ready: Handler = (_req, res) =>
    state() === 'listening' ? reply(res, 200, 'ok\n') : reply(res, 503, 'draining\n')
  const onceStarted =
    (handler: Handler): Handler =>
    (req, res) =>
      isStarting() ? reply(res, 503, 'starting\n') : handler(req, res)
  return new Map([
    ['/livez', health?.handler('live') ?? live],
    ['/readyz', onceStarted(health?.handler('ready') ?? ready)],
    ['/startupz', onceStarted(health?.handler('startup') ?? live)],
  ])
}
