import { reasonOf } from '@clew/internal/errors/reason'
import type { Report } from '@clew/internal/reports/reporter'
import { createLimiter } from '../limiter.ts'
import { placeText } from '../profiles/place-text.ts'
import { encode } from '../profiles/pprof.ts'
import { type Stack, shares } from '../profiles/stacks.ts'
import { sampledStacks } from './sampled-stacks.ts'
import { type BlockedLoop, type Watcher, watchLoop } from './watcher.ts'

/** A time for which the event loop did not turn. */
export interface Stall {
  readonly at: Date
  readonly durationMs: number
  /**
   * The functions that ran, as `name file:line`, the innermost first. Empty if it was not JavaScript
   * that blocked it, or if Node has no inspector.
   */
  readonly stack: readonly string[]
}

export interface Stalls {
  /** The last ones, oldest first. */
  list(): readonly Stall[]
  /** All that was sampled in them, as a gzipped pprof file. */
  pprof(): Promise<Uint8Array>
  stop(): Promise<void>
}

const maxStalls = 5
const maxFrames = 64

/** Watches the event loop, and keeps the last times that it was blocked. */
export function createStalls(thresholdMs: number, report: (report: Report) => void): Stalls {
  const kept: { readonly stall: Stall; readonly stacks: readonly Stack[] }[] = []
  const reports = createLimiter(1)

  async function keep({ atMs, durationMs, samples }: BlockedLoop): Promise<void> {
    const stacks = await sampledStacks(samples, durationMs)
    const stall = { at: new Date(atMs), durationMs: Math.round(durationMs), stack: stackOf(stacks) }
    kept.push({ stall, stacks })
    if (kept.length > maxStalls) kept.shift()
    const [innermost = 'code that is not JavaScript'] = stall.stack
    reports.spend((suppressed) =>
      report({
        type: 'debug.stall',
        level: 'warn',
        message: `the event loop was blocked for ${stall.durationMs} ms in ${innermost}`,
        fields: { duration_ms: stall.durationMs, stack: stall.stack.slice(0, 8), suppressed },
      }),
    )
  }

  function fail(error: unknown): void {
    report({
      type: 'debug.failed',
      level: 'warn',
      message: 'blocked event loops are not noticed: the watcher does not run',
      fields: { reason: reasonOf(error) },
    })
  }

  let watcher: Watcher | undefined
  try {
    watcher = watchLoop(thresholdMs, {
      onBlocked: (blocked) => void keep(blocked).catch(fail),
      onError: fail,
    })
  } catch (error) {
    // With --permission there are no workers. Subscribers come after the console is created.
    queueMicrotask(() => fail(error))
  }

  return {
    list: () => kept.map(({ stall }) => stall),
    pprof: () =>
      encode(
        kept.flatMap(({ stacks }) => stacks),
        {
          types: [
            ['samples', 'count'],
            ['wall', 'nanoseconds'],
          ],
          periodType: ['wall', 'nanoseconds'],
          period: 1_000_000,
          startedAtMs: kept[0]?.stall.at.getTime() ?? Date.now(),
          durationMs: kept.reduce((sum, { stall }) => sum + stall.durationMs, 0),
          comments: kept.map(({ stall }) => `${stall.durationMs} ms at ${stall.at.toISOString()}`),
        },
      ),
    stop: async () => watcher?.stop(),
  }
}

/** The stack that was sampled longest, from the function that took the most by itself. */
function stackOf(stacks: readonly Stack[]): string[] {
  const [top] = shares(stacks)
  const longest = stacks
    .filter(({ frames }) => frames[0]?.place === top?.place)
    .sort((a, b) => b.amount - a.amount)[0]
  return (longest?.frames ?? [])
    .slice(0, maxFrames)
    .map(({ place, line }) => placeText({ ...place, line }))
}
