import type { Report } from '@clew/internal/reports/reporter'
import { optionCheck } from '../errors.ts'
import { createLimiter } from '../limiter.ts'
import { answer, answerJson, answerText, refusalOf } from './answer.ts'
import { createCaptures } from './captures.ts'
import { commandLine } from './command-line.ts'
import { formatted } from './profile-formats.ts'
import { type Kind, kinds } from './profile-kinds.ts'
import { checkedProfileQuery } from './profile-query.ts'
import type { DebugRequest, Handle } from './request.ts'

export interface ProfileHandlers {
  readonly list: Handle
  /** The handler of each profile, by its name. */
  readonly capture: Readonly<Record<keyof typeof kinds, Handle>>
  /** What Go has and Node has not: a valid profile without samples. */
  readonly empty: Handle
  readonly symbol: Handle
  readonly commandLine: Handle
  readonly refuse: Handle
  /** Cancels the captures that run, and starts no others. */
  shutdown(): void
}

/** What `/debug/pprof/` lists. */
export const profileNames: Readonly<Record<string, string>> = {
  profile: 'CPU profile; ?seconds=30&hz=100; with &format=top as text for people',
  wall: 'the same, with the time spent waiting for synchronous child processes',
  heap: 'who allocated the memory that is alive; ?seconds=N: only what is allocated meanwhile',
  allocs: 'all that is allocated during ?seconds=N, collected or not; without: the same as heap',
  loop: 'what blocked the event loop, the last five times',
  cmdline: 'the program, the script and the names of flags',
}

/** `go tool pprof` shows the reason of a refusal only if the answer has this header. */
const goError = { 'X-Go-Pprof': '1' }

export function createProfileHandlers(
  report: (report: Report) => void,
  { maxProfileSeconds }: { readonly maxProfileSeconds: number },
): ProfileHandlers {
  const captures = createCaptures()
  const refusals = createLimiter()

  async function capture(kind: Kind, request: DebugRequest): Promise<void> {
    const { res, query, origin } = request
    const { actor, from } = origin
    const reportProfile = (outcome: string, fields: object) =>
      report({
        type: 'debug.profile',
        level: 'info',
        message: `${kind.title} ${outcome} for ${actor}`,
        fields: { profile: kind.name, actor, from, ...fields },
      })
    try {
      const check = optionCheck(`GET /debug/pprof/${kind.name}`)
      const { format, ...asked } = checkedProfileQuery(check, kind, query, maxProfileSeconds)
      const profile = await captures.run(res, (signal) =>
        kind.take({ ...asked, maxSeconds: maxProfileSeconds }, signal),
      )
      const { content, extension } = formatted(profile, format)
      const bytes = Buffer.byteLength(content.body)
      reportProfile('taken', { bytes, profile_ms: Math.round(profile.durationMs) })
      const file = `attachment; filename="${kind.name}.${extension}"`
      answer(res, 200, content, format === 'top' ? {} : { 'Content-Disposition': file })
    } catch (error) {
      const refusal = refusalOf(error)
      if (refusal === undefined) throw error
      const { status, reason } = refusal
      if (res.destroyed) reportProfile('cancelled by the client', { reason })
      else refusals.spend((suppressed) => reportProfile('refused', { reason, suppressed }))
      answerText(res, status, reason, goError)
    }
  }

  const handlerOf =
    (kind: Kind): Handle =>
    (request) =>
      capture(kind, request)

  return {
    list: ({ res }) => answerJson(res, 200, { profiles: profileNames }),
    capture: {
      profile: handlerOf(kinds.profile),
      wall: handlerOf(kinds.wall),
      heap: handlerOf(kinds.heap),
      allocs: handlerOf(kinds.allocs),
    },
    async empty({ res, path }) {
      const { emptyProfile } = await import('../profiles/empty-profile.ts')
      answer(res, 200, {
        type: 'application/octet-stream',
        body: await emptyProfile(path.slice('pprof/'.length)),
      })
    },
    // Go's protocol: there are no addresses to look up, the profiles have names.
    symbol: ({ res }) => answerText(res, 200, 'num_symbols: 1'),
    commandLine: ({ res }) =>
      answer(res, 200, { type: 'text/plain; charset=utf-8', body: commandLine() }),
    refuse: ({ res }) => answerText(res, 405, 'use GET', { ...goError, Allow: 'GET' }),
    shutdown: captures.shutdown,
  }
}
