import type { IncomingMessage, ServerResponse } from 'node:http'
import { admit, type Guard, hostnameOf, peerOf } from './access.ts'
import { codeOf, optionError } from './errors.ts'
import { answer, answerJson, type Refusal, readJson } from './exchange.ts'
import { retainSampler } from './heap-sampler.ts'
import { integerIn, numberIn, onlyKeys, shown } from './options.ts'
import { createProfiles, profileNames } from './profiles.ts'
import { createReports, type Report } from './reports.ts'
import {
  createSessions,
  maxTtlMs,
  type Origin,
  type OverridableLogger,
  type Session,
  type SessionOptions,
  type Sessions,
} from './sessions.ts'
import { createToggle } from './toggle.ts'

/** How to make a console. */
export interface ConsoleOptions {
  /** The logger whose level the sessions change. */
  readonly logger: OverridableLogger
  /**
   * Asked on every request, loopback or not. `true` or `{ actor }` lets it in; anything else, and a throw, is a 403.
   *
   * @defaultValue none: only peers on a loopback address, or a Unix socket, that came through no proxy
   */
  readonly guard?: Guard
  /**
   * Names that may stand in the `Host` header, besides IP addresses and localhost. They protect from DNS rebinding, so list
   * only names that you own. @defaultValue `[]`
   */
  readonly allowedHosts?: readonly string[]
  /** Sessions open at the same time (integer, 1 to 1000). @defaultValue 20 */
  readonly maxSessions?: number
  /** How long a session lasts when it does not say, in milliseconds (integer, 1 second to 24 hours). @defaultValue 600_000 */
  readonly defaultTtlMs?: number
  /** The longest profile that may be asked for over HTTP, in seconds (1 to 3600). @defaultValue 120 */
  readonly maxProfileSeconds?: number
  /**
   * Whether a heap sampler runs as long as the console does, as in Go. It costs about 1 % of the time of a program that allocates
   * much. Without it, `heap` needs `?seconds=N`. @defaultValue true
   */
  readonly heapSampling?: boolean
}

/** A debug console. */
export interface Console {
  /**
   * Answers `/debug` and everything below it: for node:http, Express, or an admin listener. Any other path is a 404, or the next
   * middleware's where there is one.
   */
  readonly handler: (
    req: IncomingMessage,
    res: ServerResponse,
    next?: (error?: unknown) => void,
  ) => void
  /** The debug sessions, for programs. */
  readonly sessions: Sessions
  /** Hears of every session, profile and refused request. Returns what ends the subscription. */
  subscribe(listener: (report: Report) => void): () => void
  /** Ends all sessions, cancels the captures, stops the heap sampler. May be called twice. */
  shutdown(): Promise<void>
}

const known = [
  'logger',
  'guard',
  'allowedHosts',
  'maxSessions',
  'defaultTtlMs',
  'maxProfileSeconds',
  'heapSampling',
]

/**
 * Makes a debug console: sessions that raise the log level for some requests and some time, and profiles in pprof's format.
 *
 * @throws TypeError with code `ERR_DEBUG_OPTION`
 */
export function createConsole(options: ConsoleOptions): Console {
  const { logger, guard, allowedHosts, limits, heapSampling } = checked(options)
  const reports = createReports()
  const sessions = createSessions(logger, reports, limits)
  const toggle = createToggle(sessions)
  const profiles = createProfiles(reports, limits)
  const sampler = heapSampling ? retainSampler() : undefined
  sampler?.started.catch((error: unknown) => failed('the heap sampler does not start', error))
  const denials = createLimiter(10, 60_000)

  function failed(message: string, error: unknown) {
    const reason = error instanceof Object && 'message' in error ? String(error.message) : 'unknown'
    reports.send({
      type: 'debug.failed',
      level: 'warn',
      message,
      fields: { reason: reason.slice(0, 256) },
    })
  }

  async function handle(req: IncomingMessage, res: ServerResponse, path: string) {
    const verdict = await admit(req, allowedHosts, guard)
    if (!verdict.allowed) {
      denials.spend((suppressed) =>
        reports.send({
          type: 'debug.denied',
          level: 'warn',
          message: `debug request refused: ${verdict.reason}`,
          fields: { from: peerOf(req), method: req.method, path: path.slice(0, 256), suppressed },
        }),
      )
      if (verdict.cause !== undefined)
        failed('the guard of the debug console failed', verdict.cause)
      return refuse(res, { status: 403, reason: verdict.reason })
    }
    const from = peerOf(req)
    const origin: Origin = { actor: verdict.actor ?? 'anonymous', from }
    const query = new URLSearchParams((req.url ?? '').split('?')[1] ?? '')
    const name = path.slice('/debug/'.length)

    if (name === '') {
      if (query.has('debug-logs')) return debugLogs(req, res, query, origin)
      if (!isRead(req)) return wrongMethod(res, 'GET, HEAD, POST with ?debug-logs=on or off')
      return index(req, res)
    }
    if (name === 'pprof' || name === 'pprof/') {
      if (!isRead(req)) return wrongMethod(res, 'GET, HEAD')
      return answerJson(res, 200, { profiles: profileNames })
    }
    if (name.startsWith('pprof/')) {
      if (await profiles.answer(name.slice('pprof/'.length), req, res, query, origin)) return
    } else if (name === 'sessions') {
      if (isRead(req)) return answerJson(res, 200, { sessions: sessions.list().map(plain) })
      if (req.method !== 'POST') return wrongMethod(res, 'GET, HEAD, POST')
      return openSession(req, res, origin, verdict.actor)
    } else if (/^sessions\/[0-9a-f]{12}$/.test(name)) {
      return oneSession(req, res, name.slice('sessions/'.length), origin)
    }
    refuse(res, { status: 404, reason: 'there is nothing here: see /debug/' })
  }

  async function index(req: IncomingMessage, res: ServerResponse) {
    if (!/\btext\/html\b/i.test(req.headers.accept ?? ''))
      return answerJson(res, 200, {
        'debug-logs': toggle.state(),
        sessions: sessions.list().map(plain),
        profiles: profileNames,
      })
    const { indexPage, pageHeaders } = await import('./page.ts')
    const page = indexPage(sessions.list(), toggle.state())
    answer(res, 200, 'text/html; charset=utf-8', page, pageHeaders)
  }

  /** Clue's form, but only a POST changes anything. */
  function debugLogs(
    req: IncomingMessage,
    res: ServerResponse,
    query: URLSearchParams,
    origin: Origin,
  ) {
    if (req.method === 'POST') {
      const wanted = query.get('debug-logs')
      if (wanted !== 'on' && wanted !== 'off')
        return refuse(res, { status: 400, reason: 'debug-logs must be on or off' })
      toggle.turn(wanted, origin)
    } else if (!isRead(req)) return wrongMethod(res, 'GET, HEAD, POST')
    answerJson(res, 200, { 'debug-logs': toggle.state() })
  }

  async function openSession(
    req: IncomingMessage,
    res: ServerResponse,
    { from }: Origin,
    vouchedActor: string | undefined,
  ) {
    const read = await readJson(req)
    if ('refusal' in read) return refuse(res, read.refusal)
    onlyKeys('a session', read.body, ['level', 'filter', 'ttlMs', 'actor'])
    const actor = vouchedActor ?? read.body['actor'] ?? 'anonymous'
    const session = sessions.openFor({ ...read.body, actor } as SessionOptions, from)
    answerJson(res, 201, plain(session), {
      // Relative, since a router may have cut off what is in front of it.
      Location: `sessions/${session.id}`,
    })
  }

  function oneSession(req: IncomingMessage, res: ServerResponse, id: string, origin: Origin) {
    const session = sessions.list().find((open) => open.id === id)
    if (!session) return refuse(res, { status: 404, reason: 'no such session is open' })
    if (isRead(req)) return answerJson(res, 200, plain(session))
    if (req.method !== 'DELETE') return wrongMethod(res, 'GET, HEAD, DELETE')
    sessions.closeFor(id, origin)
    answerJson(res, 200, { closed: id })
  }

  const statuses: Readonly<Record<string, number>> = {
    ERR_DEBUG_OPTION: 400,
    ERR_DEBUG_TOO_MANY_SESSIONS: 409,
    ERR_DEBUG_CLOSED: 503,
  }

  return {
    handler(req, res, next) {
      const path = pathBelow(req)
      if (path === undefined) {
        if (next) next()
        else refuse(res, { status: 404, reason: 'there is nothing here: see /debug/' })
        return
      }
      handle(req, res, path).catch((error: unknown) => {
        const code = String(codeOf(error))
        const status = statuses[code]
        if (status !== undefined)
          return refuse(res, { status, reason: (error as Error).message, code })
        // A client that leaves while it sends its body is not our failure.
        if (req.destroyed && !req.complete) return
        failed('a debug request failed', error)
        refuse(res, { status: 500, reason: 'the debug console failed: see the log' })
      })
    },
    sessions: { open: sessions.open, list: sessions.list, close: sessions.close },
    subscribe: reports.subscribe,
    async shutdown() {
      profiles.shutdown()
      sessions.shutdown()
      await sampler?.release()
    },
  }
}

/** The path from `/debug` on, also where a router has cut `/debug` off; undefined when the request is for somebody else. */
function pathBelow(req: IncomingMessage): string | undefined {
  const [path = '/'] = (req.url ?? '/').split('?')
  if (path === '/debug') return '/debug/'
  if (path.startsWith('/debug/')) return path
  const { baseUrl } = req as { baseUrl?: unknown }
  return typeof baseUrl === 'string' && baseUrl.endsWith('/debug') ? `/debug${path}` : undefined
}

const isRead = ({ method }: IncomingMessage) => method === 'GET' || method === 'HEAD'

const wrongMethod = (res: ServerResponse, allowed: string) =>
  answerJson(res, 405, { error: `use ${allowed}` }, { Allow: allowed.replace(/ with.*/, '') })

function refuse(res: ServerResponse, { status, reason, code }: Refusal): void {
  // What is left of a body that nobody reads must not be taken for the next request.
  const close = status === 413 && res.req.httpVersionMajor < 2 ? { Connection: 'close' } : {}
  answerJson(res, status, { error: reason, ...(code && { code }) }, close)
}

const plain = ({ openedAt, expiresAt, ...session }: Session) => ({
  ...session,
  openedAt: openedAt.toISOString(),
  expiresAt: expiresAt.toISOString(),
})

/** At most `max` in each window; the next one that is let through says how many were not. */
function createLimiter(max: number, windowMs: number) {
  let since = 0
  let spent = 0
  let suppressed = 0
  return {
    spend(use: (suppressed: number) => void) {
      const now = Date.now()
      if (now - since >= windowMs) {
        since = now
        spent = 0
      }
      if (spent >= max) {
        suppressed += 1
        return
      }
      spent += 1
      use(suppressed)
      suppressed = 0
    },
  }
}

function checked(options: ConsoleOptions) {
  if (typeof options !== 'object' || options === null)
    throw optionError(`debug.console needs { logger }, got ${shown(options)}`)
  onlyKeys('debug.console', options, known)
  const { logger, guard, allowedHosts = [], heapSampling = true } = options
  if (typeof logger?.override !== 'function')
    throw optionError(`logger must have override(), got ${shown(logger)}`)
  if (guard !== undefined && typeof guard !== 'function')
    throw optionError(`guard must be a function, got ${shown(guard)}`)
  if (typeof heapSampling !== 'boolean')
    throw optionError(`heapSampling must be true or false, got ${shown(heapSampling)}`)
  if (!Array.isArray(allowedHosts))
    throw optionError(`allowedHosts must be a list of names, got ${shown(allowedHosts)}`)
  const hosts = allowedHosts.map((host: unknown) => {
    const name = typeof host === 'string' ? hostnameOf(host) : undefined
    if (name === undefined || name.includes('*') || /:\d+$/.test(host as string))
      throw optionError(`allowedHosts must be names without a port or *, got ${shown(host)}`)
    return name
  })
  return {
    logger,
    guard,
    heapSampling,
    allowedHosts: hosts,
    limits: {
      maxSessions: integerIn('maxSessions', options.maxSessions ?? 20, 1, 1000),
      defaultTtlMs: integerIn('defaultTtlMs', options.defaultTtlMs ?? 600_000, 1000, maxTtlMs),
      maxProfileSeconds: numberIn('maxProfileSeconds', options.maxProfileSeconds ?? 120, 1, 3600),
    },
  }
}
