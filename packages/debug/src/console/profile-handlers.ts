import type { ServerResponse } from 'node:http'
import type { Report } from '@clew/internal/reports/reporter'
import { type Check, DebugError, optionCheck } from '../errors.ts'
import { type CpuProfile, cpuProfile } from '../profiles/cpu-profile.ts'
import { type HeapProfile, heapProfile } from '../profiles/heap-profile.ts'
import { topText } from '../profiles/top-text.ts'
import { answer, answerJson, answerText, refusalOf } from './answer.ts'
import { commandLine } from './command-line.ts'
import type { DebugRequest, Handle } from './request.ts'

export interface ProfileHandlers {
  readonly list: Handle
  readonly cpu: Handle
  readonly heap: Handle
  readonly allocs: Handle
  readonly commandLine: Handle
  readonly refuse: Handle
  /** Cancels the captures that run, and starts no others. */
  shutdown(): void
}

/** What `/debug/pprof/` lists. */
export const profileNames: Readonly<Record<string, string>> = {
  profile: 'CPU profile; ?seconds=30; with &format=top as text for people',
  heap: 'who allocated the memory that is alive; ?seconds=N: only what is allocated meanwhile',
  allocs: 'all that is allocated during ?seconds=N, collected or not; the heap profile starts anew',
  cmdline: 'the command line, without secrets',
}

/** `go tool pprof` shows the reason of a refusal only if the answer has this header. */
const goError = { 'X-Go-Pprof': '1' }

/** One kind of profile, and how to take it. */
interface Kind {
  readonly name: string
  readonly title: string
  readonly needsSeconds?: boolean
  take(seconds: number | undefined, signal: AbortSignal): Promise<CpuProfile | HeapProfile>
}

export function createProfileHandlers(
  report: (report: Report) => void,
  { maxProfileSeconds }: { readonly maxProfileSeconds: number },
): ProfileHandlers {
  const running = new Set<AbortController>()
  let closed = false

  async function capture(
    { name, title, needsSeconds, take }: Kind,
    { res, query, origin: { actor, from } }: DebugRequest,
  ): Promise<void> {
    const reportProfile = (outcome: string, fields: object) =>
      report({
        type: 'debug.profile',
        level: 'info',
        message: `${title} ${outcome} for ${actor}`,
        fields: { profile: name, actor, from, ...fields },
      })
    const controller = controllerOf(res)
    running.add(controller)
    try {
      const check = optionCheck(`GET /debug/pprof/${name}`)
      const format = check.oneOf('format', query.get('format') ?? 'pprof', ['pprof', 'top'])
      const seconds = secondsOf(check, query, maxProfileSeconds)
      if (needsSeconds && seconds === undefined) throw secondsError(check, maxProfileSeconds)
      if (closed) throw new DebugError('ERR_DEBUG_CLOSED', 'the debug console was shut down')
      const profile = await take(seconds, controller.signal)
      const { pprof, durationMs } = profile
      reportProfile('taken', { bytes: pprof.length, profile_ms: Math.round(durationMs) })
      if (format === 'top') return answerText(res, 200, topText(profile))
      answer(
        res,
        200,
        { type: 'application/octet-stream', body: pprof },
        {
          'Content-Disposition': `attachment; filename="${name}"`,
        },
      )
    } catch (error) {
      const refusal = refusalOf(error)
      if (refusal === undefined) throw error
      const { status, reason } = refusal
      reportProfile(res.destroyed ? 'cancelled by the client' : 'refused', { reason })
      answerText(res, status, reason, goError)
    } finally {
      running.delete(controller)
    }
  }

  const handlerOf =
    (kind: Kind): Handle =>
    (request) =>
      capture(kind, request)

  return {
    list: ({ res }) => answerJson(res, 200, { profiles: profileNames }),
    cpu: handlerOf({
      name: 'profile',
      title: 'CPU profile',
      take: (seconds = Math.min(30, maxProfileSeconds), signal) => cpuProfile({ seconds, signal }),
    }),
    heap: handlerOf({
      name: 'heap',
      title: 'heap profile',
      take: (seconds, signal) => heapProfile({ seconds, signal }),
    }),
    allocs: handlerOf({
      name: 'allocs',
      title: 'allocation profile',
      needsSeconds: true,
      take: (seconds, signal) => heapProfile({ seconds, collected: true, signal }),
    }),
    commandLine: ({ res }) =>
      answer(res, 200, { type: 'text/plain; charset=utf-8', body: commandLine() }),
    refuse: ({ res }) => answerText(res, 405, 'use GET', { ...goError, Allow: 'GET' }),
    shutdown() {
      closed = true
      for (const controller of running) controller.abort()
    },
  }
}

/** Aborts when the client disconnects: the response closes before it is finished then. */
function controllerOf(res: ServerResponse): AbortController {
  const controller = new AbortController()
  res.once('close', () => {
    if (!res.writableFinished) controller.abort()
  })
  return controller
}

/** The parameter of the query; undefined if it is absent. */
function secondsOf(check: Check, query: URLSearchParams, max: number): number | undefined {
  const text = query.get('seconds')
  if (text === null) return undefined
  const seconds = /^\d{1,5}(?:\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN
  if (seconds >= 0.01 && seconds <= max) return seconds
  throw secondsError(check, max, text)
}

const secondsError = (check: Check, max: number, received?: string) =>
  check.error('seconds', `a number from 0.01 to ${max}`, received)
