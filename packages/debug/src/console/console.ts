import type { IncomingMessage, ServerResponse } from 'node:http'
import { reasonOf } from '@clew/internal/errors/reason'
import { createReporter, type Report } from '@clew/internal/reports/reporter'
import type { Middleware } from '@clew/internal/requests/middleware'
import { retainSampler } from '../inspector/heap-sampler.ts'
import { createLimiter } from '../limiter.ts'
import { loadFormat } from '../profiles/pprof.ts'
import { createSessions, type Sessions } from '../sessions/sessions.ts'
import { shareSessions } from '../sessions/sharing.ts'
import { createStalls } from '../stalls/stalls.ts'
import { createStreams } from '../stream/streams.ts'
import { Topics } from '../stream/topics.ts'
import { createWatch } from '../watch/watch.ts'
import { admit, peerOf } from './access.ts'
import { notFound, refusalOf, refuse } from './answer.ts'
import { refuseExposure } from './exposure.ts'
import { createHeapHandlers } from './heap-handlers.ts'
import { createKeptProfileHandlers } from './kept-profile-handlers.ts'
import { createKeptProfiles } from './kept-profiles.ts'
import { type ConsoleOptions, checkedOptions } from './options.ts'
import { createOverviewHandlers } from './overview-handlers.ts'
import { createPanelHandlers } from './panel-handlers.ts'
import { createProfileHandlers } from './profile-handlers.ts'
import { pathBelowDebug, queryOf } from './request.ts'
import { createRouter } from './router.ts'
import { createRoutes } from './routes.ts'
import { createSessionHandlers, plainSession } from './session-handlers.ts'
import { createStallHandlers } from './stall-handlers.ts'
import { createStreamHandler } from './stream-handler.ts'

/** A debug console. */
export interface Console {
  /**
   * Answers `/debug` and everything below it: for node:http, Express, or an admin listener. Any
   * other path goes to `next`, or is a 404 if there is no `next`.
   */
  readonly handler: (
    req: IncomingMessage,
    res: ServerResponse,
    next?: (error?: unknown) => void,
  ) => void
  /**
   * Writes the bodies of requests as debug lines: there if `payloads` is set. `@clew/server` calls it;
   * elsewhere it goes behind `log.http()`.
   */
  readonly http?: () => Middleware
  /** The debug sessions, for programs. */
  readonly sessions: Sessions
  /**
   * Subscribes to reports of every session, profile and refused request. Returns a function that
   * unsubscribes.
   */
  subscribe(listener: (report: Report) => void): () => void
  /** Ends all sessions, cancels the captures, stops sampler and watcher. May be called twice. */
  shutdown(): Promise<void>
}

/**
 * Creates a debug console: sessions that raise the log level for some requests and some time, and
 * profiles in the pprof format.
 *
 * @throws TypeError with code `ERR_DEBUG_OPTION`
 */
export function createConsole(options: ConsoleOptions): Console {
  const { logger, access, permissions, payloads, store, limits, heapSampling, stallMs } =
    checkedOptions(options)
  const { subscribe, report } = createReporter()
  const sessions = createSessions(logger, report, limits)
  const sharing = store && shareSessions(sessions, store, report)
  const profiles = createProfileHandlers(report, limits)
  const heap = createHeapHandlers(report, limits)
  const stalls = stallMs === undefined ? undefined : createStalls(stallMs, report)
  const watch = createWatch()
  const kept = createKeptProfiles()
  const topics = new Topics(watch, {
    sessions: () => sessions.list().map(plainSession),
    profiles: () => kept.list(),
    stalls: () => stalls?.list() ?? [],
  })
  const streams = createStreams(watch, topics)
  const routes = createRoutes({
    overview: createOverviewHandlers(sessions, stalls, permissions),
    sessions: createSessionHandlers(sessions),
    profiles,
    stalls: createStallHandlers(stalls),
    heap,
    kept: createKeptProfileHandlers(kept, report, limits),
    panels: createPanelHandlers(watch),
    stream: createStreamHandler(streams, permissions),
  })
  const route = createRouter(routes)
  const denials = createLimiter()
  const failures = createLimiter()
  const sampler = heapSampling ? retainSampler() : undefined
  loadFormat().catch(() => {})
  sampler?.started.catch((error: unknown) =>
    reportFailure('the heap sampler does not start', error),
  )

  function reportFailure(message: string, error: unknown) {
    report({ type: 'debug.failed', level: 'warn', message, fields: { reason: reasonOf(error) } })
  }

  function reportDenial(req: IncomingMessage, path: string, reason: string) {
    denials.spend((suppressed) =>
      report({
        type: 'debug.denied',
        level: 'warn',
        message: `debug request refused: ${reason}`,
        fields: {
          from: peerOf(req),
          method: req.method,
          path: `/debug/${path}`.slice(0, 256),
          suppressed,
        },
      }),
    )
  }

  async function handle(req: IncomingMessage, res: ServerResponse, path: string) {
    const admission = await admit(req, access)
    if (!admission.allowed) {
      const { reason, cause } = admission
      reportDenial(req, path, reason)
      if (cause === undefined) return refuse(res, { status: 403, reason })
      failures.spend(() => reportFailure('the guard of the debug console failed', cause))
      return refuse(res, { status: 503, reason })
    }
    const { actor: guardedActor } = admission
    const origin = { actor: guardedActor ?? 'anonymous', from: peerOf(req) }
    const request = { req, res, path, query: queryOf(req), origin, guardedActor }
    const refusal = permissions.refusalOf(request)
    if (refusal) {
      reportDenial(req, path, refusal.reason)
      return refuse(res, refusal)
    }
    await route(request)
  }

  const handler: Console['handler'] = (req, res, next) => {
    const path = pathBelowDebug(req)
    if (path === undefined) {
      if (next) next()
      else refuse(res, notFound)
      return
    }
    handle(req, res, path).catch((error: unknown) => {
      const refusal = refusalOf(error)
      if (refusal !== undefined) return refuse(res, refusal)
      // The client disconnected while it sent the body: not a failure.
      if (req.destroyed && !req.complete) return
      reportFailure('a debug request failed', error)
      refuse(res, { status: 500, reason: 'the debug console failed: see the log' })
    })
  }
  const stopWatching = access.guard === undefined ? refuseExposure(handler) : undefined

  return {
    handler,
    ...(payloads && { http: () => payloads }),
    sessions: {
      open: sessions.open,
      list: sessions.list,
      extend: sessions.extend,
      close: sessions.close,
    },
    subscribe,
    async shutdown() {
      stopWatching?.()
      // First, so that what ends here does not end everywhere.
      const unshared = sharing?.stop()
      sessions.shutdown()
      streams.shutdown()
      watch.stop()
      kept.shutdown()
      profiles.shutdown()
      heap.shutdown()
      await Promise.all([sampler?.release(), stalls?.stop(), unshared])
    },
  }
}
