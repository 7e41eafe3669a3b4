import { monotonicMs } from '@clew/internal/time/clock'
import { processState } from '../process-state.ts'

/** Something with lines that are not written yet. */
export interface Pending {
  /** Writes what can be written now. */
  flush(): void
  /**
   * For the end of the process: waits for a slow reader until `deadline` (milliseconds since the
   * epoch), then gives up what is left, and says so on stderr.
   */
  drain(deadline: number): void
  /** Of what needs the event loop: resolves when it is written, or at the deadline. */
  settled?(deadline: number): Promise<void>
}

/** Writers with lines that are not written yet. */
export const pending: Set<Pending> = processState('pending', () => new Set())

/**
 * `by` is set when 'exit' has begun: the time until which a line may wait. From then on each line
 * is written at once, or given up. `isDraining`: nothing happens meanwhile in the event loop.
 */
export const ending: { by: number | undefined; isDraining: boolean } = processState(
  'ending',
  () => ({ by: undefined, isDraining: false }),
)

/** For a process that may live on: writes what can be written at once, and gives up nothing. */
export function flushAll(): void {
  for (const waiting of [...pending]) waiting.flush()
}

/** Undefined where nothing needs the event loop to be written. */
export function settleAll(deadline: number): Promise<unknown> | undefined {
  const waits = settling(deadline)
  return waits.length === 0 ? undefined : settleMore(waits, deadline)
}

const settling = (deadline: number) =>
  [...pending].flatMap((waiting) => waiting.settled?.(deadline) ?? [])

/** What is written makes room for what waits behind it. */
async function settleMore(first: readonly Promise<void>[], deadline: number): Promise<void> {
  // The wall clock may stand still.
  const untilMs = monotonicMs() + Math.max(0, deadline - Date.now())
  for (let waits = first; waits.length > 0; waits = settling(deadline)) {
    await Promise.all(waits)
    if (monotonicMs() >= untilMs) break
    flushAll()
  }
}

/** For a process that ends now. */
export function drainAll(deadline: number): void {
  // What a writer hands to a stream is pending there, so that others join on the way: they are the
  // last. Each is drained once, whatever happens.
  ending.isDraining = true
  const drained = new Set<Pending>()
  const drain = (isLast: boolean) => {
    for (const waiting of pending) {
      if (drained.has(waiting) || (waiting.settled !== undefined) !== isLast) continue
      drained.add(waiting)
      waiting.drain(deadline)
    }
  }
  drain(false)
  drain(true)
  ending.isDraining = false
}
