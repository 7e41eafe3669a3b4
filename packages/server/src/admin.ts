import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type BoundAddress, isLoopbackName } from './address.ts'
import { fail } from './chain.ts'
import { bind, dispose, stopAccepting } from './listener.ts'
import type { Settings } from './options.ts'
import type { Handler } from './parts.ts'
import { probesOf, reply } from './probes.ts'
import { pathOf } from './request.ts'
import type { ServerState } from './server.ts'

export interface Admin {
  readonly address: BoundAddress
  close(): Promise<void>
}

const closeMs = 500

/** The listener for health, metrics and debug: exact paths, 404 for everything else. */
export async function openAdmin(
  admin: NonNullable<Settings['admin']>,
  settings: Settings,
  state: () => ServerState,
  onError: (error: unknown, req: IncomingMessage) => void,
): Promise<Admin> {
  const routes = routesOf(settings, state)
  const { guard } = admin
  const { debug } = settings.parts

  const answer = (req: IncomingMessage, res: ServerResponse, route: Route | undefined) => {
    if (!route) return reply(res, 404, 'Not Found\n')
    if (!route.anyMethod && req.method !== 'GET' && req.method !== 'HEAD') {
      res.setHeader('Allow', 'GET, HEAD')
      return reply(res, 405, 'Method Not Allowed\n')
    }
    return settle(route.handler, req, res)
  }
  const settle = (handler: Handler, req: IncomingMessage, res: ServerResponse) => {
    const failed = (error: unknown) => {
      onError(error, req)
      fail(res)
    }
    try {
      Promise.resolve(handler(req, res)).catch(failed)
    } catch (error) {
      failed(error)
    }
  }

  const http = createServer({ connectionsCheckingInterval: 2_000 }, (req, res) => {
    if (state() !== 'listening') res.setHeader('Connection', 'close')
    const path = pathOf(req.url ?? '')
    const route: Route | undefined =
      routes.get(path) ??
      (debug && path.startsWith('/debug/')
        ? { handler: debug.handler, anyMethod: true, open: false }
        : undefined)
    if (route?.open) return answer(req, res, route)
    if (!guard) {
      // A page in a browser on this machine must not reach us under a name of its own (DNS rebinding).
      if (!isLocalHost(req.headers.host)) return reply(res, 403, 'Forbidden: unknown Host\n')
      return answer(req, res, route)
    }
    settle(
      () =>
        guard(req, res, (error) => {
          if (error === undefined || error === null) answer(req, res, route)
          else {
            onError(error, req)
            reply(res, 403, 'Forbidden\n')
          }
        }),
      req,
      res,
    )
  })
  http.headersTimeout = 10_000
  http.requestTimeout = 60_000
  const address = await bind(http, admin.address)

  return {
    address,
    close() {
      return new Promise((resolve) => {
        const cut = setTimeout(() => http.closeAllConnections(), closeMs)
        stopAccepting(http)
        http.closeIdleConnections()
        http.once('close', () => {
          clearTimeout(cut)
          dispose(http)
          resolve()
        })
      })
    },
  }
}

interface Route {
  readonly handler: Handler
  readonly anyMethod: boolean
  /** Answered without the guard: says no more than up or down. */
  readonly open: boolean
}

function routesOf(settings: Settings, state: () => ServerState): Map<string, Route> {
  const { health, metrics, debug } = settings.parts
  const routes = new Map<string, Route>()
  const add = (path: string, handler: Handler, more: Partial<Route> = {}) =>
    routes.set(path, { handler, anyMethod: false, open: false, ...more })
  for (const [path, handler] of probesOf(health, state)) add(path, handler, { open: true })
  if (health) add('/healthz', health.handler('details'))
  // Read at each scrape: a handle may make its handler later.
  if (metrics && 'handler' in metrics) {
    add('/metrics', (req, res) =>
      metrics.handler ? metrics.handler(req, res) : reply(res, 404, 'Not Found\n'),
    )
  }
  if (debug) add('/debug', debug.handler, { anyMethod: true })
  const paths = [...routes.keys()]
  add('/', (req, res) => index(req, res, settings, paths))
  return routes
}

function index(
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
  const safe = title.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`)
  const head = `<!doctype html><meta charset="utf-8"><title>${safe}</title>`
  reply(res, 200, `${head}<h1>${safe}</h1><ul>${links}</ul>\n`, 'text/html; charset=utf-8')
}

/** `localhost` or an IP address, with or without a port: names that no stranger's DNS can point here. */
function isLocalHost(host = ''): boolean {
  const name = host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')
  return name === '' || isLoopbackName(name)
}
