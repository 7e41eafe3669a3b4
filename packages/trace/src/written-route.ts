import type { IncomingMessage } from 'node:http'

const routeKey = Symbol.for('@clew/route/v1')

/** For an adapter: puts the framework's template where log, metrics and trace look for it. */
export function writeRoute(req: IncomingMessage, route: unknown): void {
  if (typeof route === 'string' && route !== '') {
    ;(req as { [routeKey]?: unknown })[routeKey] ??= route
  }
}
