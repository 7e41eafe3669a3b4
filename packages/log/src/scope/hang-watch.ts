import { monotonicMs } from '@clew/internal/time/clock'
import { warnSeverity } from '../level.ts'
import { processState } from '../process-state.ts'
import { clearInterval, setInterval } from '../timers.ts'
import { openFields } from './end.ts'
import { live } from './open-scopes.ts'
import { jobs } from './running-jobs.ts'
import type { Scope } from './scope.ts'

const longestMs = 5000
const shortestMs = 10

/** One timer for all scopes of the process, and only while some are open. */
const watch: { timer: NodeJS.Timeout | undefined; everyMs: number } = processState('hangs', () => ({
  timer: undefined,
  everyMs: longestMs,
}))

/** Called whenever a scope opens that may hang. */
export function watchHangs(): void {
  if (watch.timer === undefined) start()
}

/** Makes the timer short enough for scopes that are reported after `hangMs`. */
export function lookWithin(hangMs: number): void {
  const everyMs = Math.max(shortestMs, hangMs / 6)
  if (everyMs >= watch.everyMs) return
  watch.everyMs = everyMs
  if (watch.timer === undefined) return
  clearInterval(watch.timer)
  start()
}

function start(): void {
  watch.timer = setInterval(look, watch.everyMs)
  watch.timer.unref()
}

function look(): void {
  const now = monotonicMs()
  let isWatching = live.size > 0
  for (const scope of [...live]) report(scope, scope.source?.hangMs, now)
  for (const scope of jobs) {
    const { hangMs } = scope.owner
    if (hangMs < Number.POSITIVE_INFINITY) isWatching = true
    report(scope, hangMs, now)
  }
  if (isWatching) return
  clearInterval(watch.timer)
  watch.timer = undefined
}

/** Writes what a scope holds that is open for too long, and a line that says so, once. */
function report(scope: Scope, hangMs: number | undefined, now: number): void {
  if (scope.isReported || hangMs === undefined || now - scope.startMs < hangMs) return
  scope.isReported = true
  const { owner } = scope
  const line = { severity: warnSeverity, fields: openFields(scope), err: undefined, atOnce: true }
  owner.release(scope)
  owner.report(scope, { msg: 'still open', ...line })
}
