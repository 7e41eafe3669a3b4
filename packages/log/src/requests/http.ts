import type { IncomingMessage, ServerResponse } from 'node:http'
import { checkNames, functionIfGiven, positive, yesOrNo } from '../checks.ts'
import { monotonicMs } from '../clock.ts'
import { optionError } from '../errors.ts'
import { INFO } from '../level.ts'
import type { LoggerState, Root } from '../root.ts'
import { routeOf } from '../route.ts'
import { endScope } from '../scope/ending.ts'
import { Scope } from '../scope/scope.ts'
import { activeSpan } from '../span.ts'
import { live, scopes } from '../state.ts'
import { bytesOf } from './answer-bytes.ts'
import { type Interruption, interruptionOf } from './interruption.ts'
import { newId, wellFormedId } from './request-id.ts'
import { requestsOn } from './sockets.ts'

/** Connect-shaped: fits node:http, Express, Connect, Nest and Fastify's hooks. */
export type Middleware = (
  req: IncomingMessage,
  res: ServerResponse,
  next: (error?: unknown) => void,
) => void

/** Options of `http`. */
export interface HttpOptions {
  /**
   * Where the request id comes from. `true`: a well-formed `X-Request-Id` of the client, otherwise a random one. `false`: none. A
   * function makes it, and is asked before the client is believed. It is answered as `X-Request-Id`. @defaultValue true
   */
  readonly requestId?: boolean | ((req: IncomingMessage) => string | undefined)
  /** Whether a request has a line at its start too. It waits like any info line. @defaultValue false */
  readonly start?: boolean
  /** Whether the closing line is written for good requests too, at once: an access log. @defaultValue false */
  readonly always?: boolean
  /** Requests without start and closing line, such as probes. They still have a scope and an id. */
  readonly skip?: (req: IncomingMessage) => boolean
  /** A request that takes longer is released, and its closing line is a warning. Milliseconds. @defaultValue `hold.slowMs` */
  readonly slowMs?: number
  /** Who the client is. @defaultValue the address of the socket; a header is only believed if you do so here */
  readonly remoteAddress?: (req: IncomingMessage) => string | undefined
}

/** On the request itself: a WeakMap would cost more than everything else here. */
const watched: unique symbol = Symbol.for('@clew/log/scope/v1') as never
interface Watched {
  [watched]?: Scope
}

const owned: ReadonlySet<string> = new Set(['request_id', 'http.method', 'http.url'])

const optionNames = ['requestId', 'start', 'always', 'skip', 'slowMs', 'remoteAddress']

export function createHttp(root: Root, from: LoggerState, options: HttpOptions = {}): Middleware {
  checkNames('http', options, optionNames)
  const {
    requestId = true,
    start = false,
    always = false,
    skip,
    slowMs,
    remoteAddress = (req: IncomingMessage) => req.socket?.remoteAddress,
  } = options
  if (slowMs !== undefined) positive('slowMs', slowMs, 0)
  yesOrNo('start', start)
  yesOrNo('always', always)
  if (typeof requestId !== 'boolean' && typeof requestId !== 'function') {
    throw optionError('requestId', 'true, false or a function', requestId)
  }
  functionIfGiven('skip', skip)
  functionIfGiven('remoteAddress', remoteAddress)

  function idOf(req: IncomingMessage): string | undefined {
    if (requestId === false) return undefined
    if (typeof requestId === 'function') {
      const own = attempt(() => requestId(req))
      if (wellFormedId(own)) return own
    }
    const given = req.headers['x-request-id']
    return wellFormedId(given) ? given : newId()
  }

  return (req, res, next) => {
    const known = (req as Watched)[watched]
    if (known !== undefined) {
      // Already watched. What a framework lost on the way is put back.
      if (scopes.getStore()?.hold === known.hold) next()
      else scopes.run(known, next)
      return
    }
    const startMs = monotonicMs()
    const id = idOf(req)
    // A router may rewrite req.url later.
    const url = (req as { originalUrl?: string }).originalUrl ?? req.url ?? ''
    const method = req.method ?? ''
    const scope = new Scope({
      root,
      state: from,
      // On a kept-alive connection the request before may still be visible: it is never inherited.
      parent: undefined,
      shares: false,
      request: req,
      span: activeSpan(),
      owned,
      fields: () => {
        const target = root.encoding.redaction.url(url)
        return id === undefined
          ? { 'http.method': method, 'http.url': target }
          : { request_id: id, 'http.method': method, 'http.url': target }
      },
    })
    const request = req as Watched
    request[watched] = scope
    live.add(scope)
    root.refresh(scope)
    if (id !== undefined && !res.headersSent) res.setHeader('x-request-id', id)
    bind(req, scope)

    const silent = skip !== undefined && attempt(() => skip(req)) === true
    const remote = attempt(() => remoteAddress(req))
    if (start && !silent) {
      const fields = remote === undefined ? {} : { 'http.remote_addr': remote }
      root.record(from, scope, INFO, 'start', fields, undefined, false)
    }
    const { socket } = req
    // A stream of HTTP/2 closes with its connection; a response of HTTP/1 that has not got its socket yet may not.
    const requests = socket && req.httpVersionMajor < 2 ? requestsOn(socket) : undefined
    const sentBefore = socket?.bytesWritten ?? 0

    const settle = (complete: boolean) => {
      if (!live.delete(scope)) return
      requests?.open.delete(closed)
      const timeMs = monotonicMs() - startMs
      const { by, err } = complete ? completed : interruptionOf(req, res)
      const status = statusOf(res, by)
      const failed = by === 'server' || (complete && res.statusCode >= 500)
      const limit = slowMs ?? root.hold?.slowMs ?? Number.POSITIVE_INFINITY
      // An upgraded connection is meant to last.
      const slow = timeMs >= limit && by !== 'upgrade'
      const bytes = complete
        ? bytesOf(method, res, socket, Math.max(sentBefore, requests?.sentBytes ?? 0))
        : undefined
      if (requests !== undefined) requests.sentBytes = socket.bytesWritten
      endScope(scope, { failed, slow, err, always, silent }, () => {
        const route = attempt(() => routeOf(req))
        return {
          ...(route === undefined ? {} : { 'http.route': route }),
          ...(status === undefined ? {} : { 'http.status': status }),
          'http.time_ms': Math.round(timeMs),
          ...(bytes === undefined ? {} : { 'http.bytes': bytes }),
          ...(remote === undefined ? {} : { 'http.remote_addr': remote }),
          ...(by === 'client' ? { aborted: true } : by === 'server' ? { incomplete: true } : {}),
        }
      })
    }
    const closed = () => settle(false)
    requests?.open.add(closed)
    // Before Node's own listener, which goes on with the next response on this socket: its bytes do not count. It is also said of a response
    // of HTTP/2 that nobody has ended, and of what still waited for the client when the socket was destroyed.
    res.prependListener('finish', () => {
      settle(res.writableEnded && !(requests !== undefined && socket.destroyed))
    })
    res.on('close', closed)
    try {
      scopes.run(scope, next)
    } catch (error) {
      root.release(scope)
      throw error
    } finally {
      // The connection was gone before the middleware had its turn: nothing else will tell.
      if (socket?.closed === true) closed()
    }
  }
}

const completed: { readonly by?: undefined; readonly err?: undefined } = {}

/** 499 as nginx has it: no server sends it. An upgrade is answered past the response. */
function statusOf(res: ServerResponse, by: Interruption['by'] | undefined): number | undefined {
  if (by === 'client') return 499
  if (by === 'upgrade') return undefined
  return by === 'server' && !res.headersSent ? 500 : res.statusCode
}

/** Listeners of the request run in its scope: node emits them from the context of its socket. */
function bind(req: IncomingMessage, scope: Scope): void {
  const emit = req.emit
  req.emit = function bound(this: IncomingMessage, ...args: Parameters<typeof emit>) {
    if (scopes.getStore()?.hold === scope.hold) return emit.apply(this, args)
    return scopes.run(scope, () => emit.apply(this, args))
  } as typeof emit
}

function attempt<T>(fn: () => T): T | undefined {
  try {
    return fn()
  } catch {
    return undefined
  }
}
