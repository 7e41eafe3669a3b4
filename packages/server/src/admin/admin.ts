import type { IncomingMessage, ServerResponse } from 'node:http'
import { codeOf } from '@clew/internal/errors/error'
import { recordOf } from '@clew/internal/requests/record'
import { pathOf } from '@clew/internal/requests/target'
import type { ServerState } from '../lifecycle/server.ts'
import { type BoundAddress, isLoopbackName } from '../listener/address.ts'
import { bind, dispose, stopAccepting } from '../listener/listener.ts'
import type { Handler } from '../options/parts.ts'
import type { AdminSettings, Settings } from '../options/settings.ts'
import { fail, reply } from '../pipeline/answers.ts'
import { createRoutes, type Route } from './routes.ts'

export interface Admin {
  readonly address: BoundAddress
  close(): Promise<void>
}

type OnError = (error: unknown, req: IncomingMessage) => void

const closeMs = 500

/** Opens the listener for health, metrics and debug: exact paths, 404 for everything else. */
export async function openAdmin(
  admin: AdminSettings,
  settings: Settings,
  state: () => ServerState,
  onError: OnError,
): Promise<Admin> {
  const { address: target, guard, isDefault } = admin
  const routes = createRoutes(settings, state)
  const answer =
    guard === undefined
      ? answerLocally(admin.allowedHosts, onError)
      : answerGuarded(guard, admin.actor, onError)
  const { createServer } = process.getBuiltinModule('node:http')
  const http = createServer({ connectionsCheckingInterval: 2_000 }, (req, res) => {
    if (state() !== 'listening') res.setHeader('Connection', 'close')
    const route = routes(pathOf(req))
    if (route?.isOpen) answerRoute(route, req, res, onError)
    else answer(req, res, route)
  })
  http.headersTimeout = 10_000
  http.requestTimeout = 60_000
  const address = await bind(http, target).catch((error: unknown) => {
    // A second instance on the same host.
    if (isDefault && codeOf((error as Error).cause) === 'EADDRINUSE') {
      return bind(http, { host: '127.0.0.1', port: 0 })
    }
    throw error
  })

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

type Answer = (req: IncomingMessage, res: ServerResponse, route: Route | undefined) => void

/** A page in a local browser must not reach us under a name of its own (DNS rebinding). */
function answerLocally(allowedHosts: readonly string[], onError: OnError): Answer {
  return (req, res, route) => {
    if (isLocalHost(req.headers.host, allowedHosts)) answerRoute(route, req, res, onError)
    else reply(res, 403, 'Forbidden: unknown Host\n')
  }
}

function answerGuarded(
  guard: NonNullable<AdminSettings['guard']>,
  actor: AdminSettings['actor'],
  onError: OnError,
): Answer {
  return (req, res, route) => {
    const next = (error?: unknown) => {
      if (error === undefined || error === null) {
        recordOf(req).admitted = { actor: actorOf(req, actor, onError) }
        answerRoute(route, req, res, onError)
        return
      }
      onError(error, req)
      reply(res, 403, 'Forbidden\n')
    }
    call(() => guard(req, res, next), req, res, onError)
  }
}

function answerRoute(
  route: Route | undefined,
  req: IncomingMessage,
  res: ServerResponse,
  onError: OnError,
): void {
  if (!route) {
    reply(res, 404, 'Not Found\n')
  } else if (!route.isAnyMethod && req.method !== 'GET' && req.method !== 'HEAD') {
    res.setHeader('Allow', 'GET, HEAD')
    reply(res, 405, 'Method Not Allowed\n')
  } else {
    call(route.handler, req, res, onError)
  }
}

function call(handler: Handler, req: IncomingMessage, res: ServerResponse, onError: OnError): void {
  const onFailure = (error: unknown) => {
    onError(error, req)
    fail(res)
  }
  try {
    Promise.resolve(handler(req, res)).catch(onFailure)
  } catch (error) {
    onFailure(error)
  }
}

/** A failure to name somebody does not keep them out: the guard has let them in. */
function actorOf(
  req: IncomingMessage,
  actor: AdminSettings['actor'],
  onError: OnError,
): string | undefined {
  try {
    const name = actor?.(req)
    return typeof name === 'string' ? name : undefined
  } catch (error) {
    onError(error, req)
    return undefined
  }
}

/**
 * A loopback name or address, with or without a port, which no foreign DNS can point here; or one
 * of `allowedHosts`.
 */
function isLocalHost(host: string | undefined, allowedHosts: readonly string[]): boolean {
  const name = (host ?? '').replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')
  return name === '' || isLoopbackName(name) || allowedHosts.includes(name.toLowerCase())
}
