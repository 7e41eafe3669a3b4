import { chain } from '../policy/maybe-promise.ts'
import { isPlace, type NoPlace, type Place, tooManyChecks } from '../policy/place.ts'
import type { Gate } from './gate.ts'
import type { FailureStore, StoreAnswer, WindowLimit } from './store.ts'
import { storeFault } from './store-fault.ts'
import type { StoreState } from './store-state.ts'

/** A store, and whether it answers now. One for all gates of a limit. */
export interface SharedStore {
  readonly store: FailureStore
  readonly timeoutMs: number
  readonly state: StoreState
}

// Another instance has checks in flight that could fail: they take milliseconds.
const busyPauseMs = 20
const busyMaxMs = 1_000

/**
 * A gate of this process in front of a store that several processes share. What fails is counted
 * in both, so that nothing is forgotten when the store goes down, and a key that is blocked is not
 * asked about again.
 */
export function createSharedGate(
  local: Gate,
  limit: WindowLimit,
  { store, timeoutMs, state }: SharedStore,
  prefix: string,
): Gate {
  async function askStore(
    key: string,
    place: Place,
    isGone: () => boolean,
  ): Promise<Place | NoPlace> {
    const untilMs = performance.now() + busyMaxMs
    for (;;) {
      const answer = await reserve(prefix + key)
      if (answer === undefined) return place
      if (answer === 'reserved') return sharedPlace(prefix + key, place)
      if (answer !== 'busy') {
        place.settle(false)
        local.close(key, answer.retryAfterMs)
        return {
          reason: 'too_many_failures',
          retryAfter: Math.max(1, Math.ceil(answer.retryAfterMs / 1_000)),
        }
      }
      if (isGone() || performance.now() > untilMs) {
        place.settle(false)
        return tooManyChecks
      }
      await new Promise((resolve) => setTimeout(resolve, busyPauseMs))
    }
  }

  /** Undefined if the store cannot answer. Never rejects. */
  async function reserve(key: string): Promise<StoreAnswer | undefined> {
    if (!state.mayCall()) return undefined
    let isLate = false
    let timer: NodeJS.Timeout | undefined
    try {
      const asked = Promise.resolve(store.reserve(key, limit))
      const late = new Promise<never>((_resolve, reject) => {
        timer = setTimeout(() => {
          isLate = true
          reject(new Error('timed out'))
        }, timeoutMs)
      })
      asked.then(
        (answer) => {
          if (isLate && answer === 'reserved') settleStore(key, false)
        },
        () => {},
      )
      const answer = await Promise.race([asked, late])
      if (isAnswer(answer)) {
        state.succeeded()
        return answer
      }
      state.failed("it answered neither 'reserved', 'busy' nor { retryAfterMs }")
      return undefined
    } catch (error) {
      state.failed(storeFault(error, isLate))
      return undefined
    } finally {
      clearTimeout(timer)
    }
  }

  const sharedPlace = (key: string, place: Place): Place => ({
    settle(failed) {
      place.settle(failed)
      settleStore(key, failed)
    },
  })

  const lost = (error: unknown): void => state.failed(storeFault(error, false))

  /** Nobody waits for it: the place is taken until then. */
  function settleStore(key: string, failed: boolean): void {
    try {
      Promise.resolve(store.settle(key, limit, failed)).catch(lost)
    } catch (error) {
      lost(error)
    }
  }

  return {
    failures: local.failures,
    close: local.close,
    enter: (key, isGone) =>
      chain(local.enter(key, isGone), (place) =>
        isPlace(place) ? askStore(key, place, isGone) : place,
      ),
  }
}

function isAnswer(answer: StoreAnswer): boolean {
  return answer === 'reserved' || answer === 'busy' || Number.isFinite(answer?.retryAfterMs)
}
