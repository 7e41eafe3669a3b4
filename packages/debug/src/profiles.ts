import type { IncomingMessage, ServerResponse } from 'node:http'
import { commandLine } from './command-line.ts'
import { cpuProfile } from './cpu-profile.ts'
import { codeOf, DebugError, optionError } from './errors.ts'
import { answer, answerText, secondsOf } from './exchange.ts'
import { heapProfile } from './heap-profile.ts'
import type { Reports } from './reports.ts'
import type { Origin } from './sessions.ts'
import { topText } from './top-text.ts'

export interface Profiles {
  /** Answers `/debug/pprof/<name>`; false when there is no such profile. */
  answer(
    name: string,
    req: IncomingMessage,
    res: ServerResponse,
    query: URLSearchParams,
    origin: Origin,
  ): Promise<boolean>
  shutdown(): void
}

/** What `/debug/pprof/` lists. */
export const profileNames: Readonly<Record<string, string>> = {
  profile: 'CPU profile; ?seconds=30; with &format=top as text for people',
  heap: 'who allocated the memory that is alive; ?seconds=N: only what is allocated meanwhile',
  allocs: 'all that is allocated during ?seconds=N, collected or not; the heap profile starts anew',
  cmdline: 'the command line, without secrets',
}

const titles: Readonly<Record<string, string>> = {
  profile: 'CPU profile',
  heap: 'heap profile',
  allocs: 'allocation profile',
}

const statuses: Readonly<Record<string, number>> = {
  ERR_DEBUG_OPTION: 400,
  ERR_DEBUG_NO_SAMPLER: 400,
  ERR_DEBUG_BUSY: 409,
  ERR_DEBUG_UNAVAILABLE: 501,
  ERR_DEBUG_CANCELLED: 503,
  ERR_DEBUG_CLOSED: 503,
}

/** `go tool pprof` shows the reason of a refusal only to those who send this. */
const goError = { 'X-Go-Pprof': '1' }

export function createProfiles(
  reports: Reports,
  { maxProfileSeconds }: { readonly maxProfileSeconds: number },
): Profiles {
  const running = new Set<AbortController>()
  let closed = false

  function take(name: string, query: URLSearchParams, signal: AbortSignal) {
    const asked = secondsOf(query, maxProfileSeconds)
    if (closed) throw new DebugError('ERR_DEBUG_CLOSED', 'the debug console was shut down')
    if (name === 'profile')
      return cpuProfile({ seconds: asked ?? Math.min(30, maxProfileSeconds), signal })
    if (name === 'allocs' && asked === undefined) throw optionError('allocs needs ?seconds=N')
    const seconds = asked === undefined ? {} : { seconds: asked }
    return heapProfile({ ...seconds, collected: name === 'allocs', signal })
  }

  async function capture(
    name: string,
    res: ServerResponse,
    query: URLSearchParams,
    { actor, from }: Origin,
  ) {
    const end = new AbortController()
    // The answer is closed before it was finished when the client leaves.
    res.once('close', () => {
      if (!res.writableFinished) end.abort()
    })
    const report = (outcome: string, fields: object) =>
      reports.send({
        type: 'debug.profile',
        level: 'info',
        message: `${titles[name]} ${outcome} for ${actor}`,
        fields: { profile: name, actor, from, ...fields },
      })
    running.add(end)
    try {
      const format = formatOf(query)
      const profile = await take(name, query, end.signal)
      const { pprof, durationMs } = profile
      report('taken', { bytes: pprof.length, profile_ms: Math.round(durationMs) })
      if (format === 'top') return answerText(res, 200, topText(profile))
      answer(res, 200, 'application/octet-stream', pprof, {
        'Content-Disposition': `attachment; filename="${name}"`,
      })
    } catch (error) {
      const status = statuses[String(codeOf(error))]
      if (status === undefined) throw error
      const { message } = error as Error
      report(res.destroyed ? 'cancelled, the client left,' : 'refused', { reason: message })
      answerText(res, status, message, goError)
    } finally {
      running.delete(end)
    }
  }

  return {
    async answer(name, req, res, query, origin) {
      if (!Object.hasOwn(profileNames, name)) return false
      if (req.method !== 'GET') answerText(res, 405, 'use GET', { ...goError, Allow: 'GET' })
      else if (name === 'cmdline') answer(res, 200, 'text/plain; charset=utf-8', commandLine())
      else await capture(name, res, query, origin)
      return true
    },
    shutdown() {
      closed = true
      for (const end of running) end.abort()
    },
  }
}

function formatOf(query: URLSearchParams): 'pprof' | 'top' {
  const format = query.get('format') ?? 'pprof'
  if (format === 'pprof' || format === 'top') return format
  throw optionError('format must be pprof or top')
}
