import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ServerState } from '../lifecycle/server.ts'
import type { Handler } from '../options/parts.ts'
import type { Settings } from '../options/settings.ts'
import { reply } from '../pipeline/answers.ts'
import { createProbes } from '../pipeline/probes.ts'

export interface Route {
  readonly handler: Handler
  readonly isAnyMethod: boolean
  /** Answered without the guard: says no more than up or down. */
  readonly isOpen: boolean
}

/** Returns a function that finds the route of a path. */
export function createRoutes(
  settings: Settings,
  state: () => ServerState,
): (path: string) => Route | undefined {
  const { health, metrics, debug } = settings.parts
  const routes = new Map<string, Route>()
  const add = (path: string, handler: Handler, route: Partial<Route> = {}) =>
    routes.set(path, { handler, isAnyMethod: false, isOpen: false, ...route })
  for (const [path, handler] of createProbes(health, state)) add(path, handler, { isOpen: true })
  if (health) add('/healthz', health.handler('details'))
  // Read at each scrape: a handle may create its handler later.
  if (metrics && 'handler' in metrics) {
    add('/metrics', (req, res) =>
      metrics.handler ? metrics.handler(req, res) : reply(res, 404, 'Not Found\n'),
    )
  }
  if (debug) add('/debug', debug.handler, { isAnyMethod: true })
  const paths = [...routes.keys()]
  add('/', (req, res) => listPaths(req, res, settings, paths))
  return (path) =>
    routes.get(path) ?? (path.startsWith('/debug/') ? routes.get('/debug') : undefined)
}

function listPaths(
  req: IncomingMessage,
  res: ServerResponse,
  { service }: Settings,
  paths: readonly string[],
): void {
  const title = [service?.name ?? 'admin', service?.version].filter(Boolean).join(' ')
  if (!req.headers.accept?.includes('text/html')) {
    reply(res, 200, `${title}\n${paths.map((path) => `${path}\n`).join('')}`)
    return
  }
  const links = paths.map((path) => `<li><a href="${path}">${path}</a></li>`).join('')
  const escaped = title.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`)
  const head = `<!doctype html><meta charset="utf-8"><title>${escaped}</title>`
  reply(res, 200, `${head}<h1>${escaped}</h1><ul>${links}</ul>\n`, 'text/html; charset=utf-8')
}
