import type { MaybePromise } from '../policy/maybe-promise.ts'
import type { NoPlace } from '../policy/place.ts'

/**
 * Lets the refusals of a blocked client wait: one that guesses as fast as it is answered would
 * otherwise keep the process busy with refusing it.
 */
export interface RefusalDelay {
  /** @param lane - whom the refusal is for */
  hold(refusal: NoPlace, lane: string): MaybePromise<NoPlace>
}

/** @param maxWaiting - refusals of one client that wait; further ones are sent at once */
export function createRefusalDelay(delayMs: number, maxWaiting: number): RefusalDelay {
  // As many entries as there are clients whose refusals wait.
  const waiting = new Map<string, number>()
  return {
    hold(refusal, lane) {
      const count = waiting.get(lane) ?? 0
      if (delayMs === 0 || count >= maxWaiting) return refusal
      waiting.set(lane, count + 1)
      return new Promise((resolve) => {
        setTimeout(() => {
          const left = (waiting.get(lane) ?? 1) - 1
          if (left > 0) waiting.set(lane, left)
          else waiting.delete(lane)
          resolve(refusal)
        }, delayMs)
      })
    },
  }
}
