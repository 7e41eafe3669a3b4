import type { IncomingMessage } from 'node:http'
import { type Ignore, ignoredByDefault, ignoreOption } from '@clew/internal/requests/ignore'
import type { Middleware } from '@clew/internal/requests/middleware'
import { recordOf } from '@clew/internal/requests/record'
import { targetOf } from '@clew/internal/requests/target'
import type { Origin } from '../engine/engine.ts'
import { optionsOf } from '../errors.ts'
import { infoSeverity } from '../level.ts'
import { currentScope } from '../scope/current.ts'
import { watchHangs } from '../scope/hang-watch.ts'
import { live } from '../scope/open-scopes.ts'
import { guarded } from './attempt.ts'
import { clientAddress } from './client-address.ts'
import { HttpRequest, type HttpSettings } from './http-request.ts'
import { requestIdOf } from './request-id.ts'

/** Options of `http`. */
export interface HttpOptions {
  /**
   * Where the request id comes from. `true`: a well-formed `X-Request-Id` of the client, otherwise
   * a random one. `false`: none. A function is called first; where it returns no well-formed id, as
   * with `true`. The id is sent back as `X-Request-Id`. @defaultValue true
   */
  readonly requestId?: boolean | ((req: IncomingMessage) => string | undefined)
  /**
   * Whether a request has a line at its start too. It waits like any info line. @defaultValue false
   */
  readonly start?: boolean
  /**
   * Whether the closing line is written for good requests too, at once: an access log.
   * @defaultValue false
   */
  readonly always?: boolean
  /**
   * Requests without start and closing line, unless they fail: exact paths, patterns of paths, or a
   * function. They still have a scope and an id.
   * @defaultValue /livez, /readyz, /startupz, /healthz, /metrics, and /debug and below
   */
  readonly ignore?: Ignore
  /**
   * A request that takes longer is released, and its closing line is a warning. Milliseconds (>=
   * 0).
   * @defaultValue `hold.slowMs`
   */
  readonly slowMs?: number
  /**
   * Addresses and networks (CIDR) of proxies whose `X-Forwarded-For` is believed.
   * @defaultValue none: the client is the other end of the socket
   */
  readonly trustedProxies?: readonly string[]
  /** Whether the closing line shows the client's `User-Agent`. @defaultValue false */
  readonly userAgent?: boolean
  /**
   * Whether the closing line shows the client's `Referer`, without credentials. @defaultValue false
   */
  readonly referer?: boolean
}

const optionNames = [
  'requestId',
  'start',
  'always',
  'ignore',
  'slowMs',
  'trustedProxies',
  'userAgent',
  'referer',
] as const

export function createHttp(origin: Origin, options?: HttpOptions): Middleware {
  const check = optionsOf('log.http')
  const {
    requestId = true,
    start = false,
    always = false,
    ignore = ignoredByDefault,
    slowMs,
    trustedProxies = [],
    userAgent = false,
    referer = false,
  } = check.options('options', options, optionNames)
  const { engine } = origin
  const settings: HttpSettings = {
    origin,
    always: check.boolean('always', always),
    slowMs: slowMs === undefined ? undefined : check.number('slowMs', slowMs, { min: 0 }),
    userAgent: check.boolean('userAgent', userAgent),
    referer: check.boolean('referer', referer),
  }
  check.boolean('start', start)
  const newId = requestIdOf(check, requestId)
  const isIgnored = guarded(ignoreOption(check, ignore))
  const addressOf = clientAddress(check, trustedProxies)

  return (req, res, next) => {
    const record = recordOf(req)
    if (record.log !== undefined) {
      // Watched already. What a framework lost on the way is put back.
      const { scope } = record.log as HttpRequest
      if (currentScope()?.hold === scope.hold) next()
      else record.run(next)
      return
    }
    const id = newId(req, req.headers['x-request-id'])
    const request = new HttpRequest(settings, record, {
      id,
      // A router may rewrite `req.url` later.
      url: targetOf(req),
      address: addressOf(req),
      silent: isIgnored(req) === true,
    })
    const { scope } = request
    record.log = request
    live.add(scope)
    watchHangs()
    engine.refresh(scope)
    if (id !== undefined && !res.headersSent) res.setHeader('x-request-id', id)
    if (start && !request.silent) {
      const fields = request.addressFields()
      engine.record(origin, scope, infoSeverity, { msg: 'start', fields, err: undefined })
    }
    record.watch(res, request)
    try {
      record.runWith('log', scope, next)
    } catch (error) {
      engine.release(scope)
      throw error
    }
  }
}
