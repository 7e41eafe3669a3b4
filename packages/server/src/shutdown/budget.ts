import type { Settings } from '../options/settings.ts'

/** The time of a shutdown, and what of it is kept for the steps after the last request. */
export interface Budget {
  readonly totalMs: number
  readonly hookMs: number
  readonly flushMs: number
}

/** @param limitMs - the most that the whole may take */
export function budgetOf(
  { shutdown, onShutdown, parts }: Settings,
  limitMs: number = shutdown.timeoutMs,
): Budget {
  const totalMs = Math.min(shutdown.timeoutMs, limitMs)
  const quarter = totalMs / 4
  const { health, debug, security, tracing, metrics, logger } = parts
  const hasHooks = onShutdown.length > 0 || [health, debug, security].some((it) => it?.shutdown)
  const hasFlushes = [tracing, metrics, logger].some((it) => it?.shutdown)
  return {
    totalMs,
    hookMs: hasHooks ? Math.min(shutdown.hookMs, quarter) : 0,
    flushMs: hasFlushes ? Math.min(shutdown.flushMs, quarter) : 0,
  }
}

/** The longest time of each step, for several servers of a process. */
export function longestOf(budgets: readonly Budget[]): Budget {
  const longest = (pick: (budget: Budget) => number) => Math.max(0, ...budgets.map(pick))
  return {
    totalMs: longest(({ totalMs }) => totalMs),
    hookMs: longest(({ hookMs }) => hookMs),
    flushMs: longest(({ flushMs }) => flushMs),
  }
}

/** With less time in all, hooks and telemetry have at most a quarter of it, as always. */
export function shortened(budget: Budget, totalMs: number): Budget {
  if (totalMs >= budget.totalMs) return budget
  return {
    totalMs,
    hookMs: Math.min(budget.hookMs, totalMs / 4),
    flushMs: Math.min(budget.flushMs, totalMs / 4),
  }
}

/** How long requests may take: as its own options say, and so that hooks of all have their time. */
export function requestsMs(own: Budget, whole: Budget): number {
  return Math.min(...[own, whole].map(({ totalMs, hookMs, flushMs }) => totalMs - hookMs - flushMs))
}
