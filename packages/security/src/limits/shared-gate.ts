import { codeOf } from '@clew/internal/errors/error'
import { reasonOf } from '@clew/internal/errors/reason'
import { visible } from '@clew/internal/errors/show'
import type { Reporter } from '@clew/internal/reports/reporter'
import { chain } from '../policy/maybe-promise.ts'
import { isPlace, type NoPlace, type Place, tooManyChecks } from '../policy/place.ts'
import type { Gate } from './gate.ts'
import type { FailureStore, StoreAnswer, WindowLimit } from './store.ts'

/** Whether the store is used now. One for all gates of a limit. */
export interface StoreState {
  readonly store: FailureStore
  readonly timeoutMs: number
  /** False while it is down, but for one call a second that tries it. */
  mayCall(): boolean
  succeeded(): void
  failed(error: unknown): void
}

const retryMs = 1_000

export function createStoreState(
  store: FailureStore,
  timeoutMs: number,
  reporter: Reporter,
): StoreState {
  let downSinceMs: number | undefined
  let triedMs = 0
  return {
    store,
    timeoutMs,
    mayCall() {
      if (downSinceMs === undefined) return true
      if (performance.now() - triedMs < retryMs) return false
      triedMs = performance.now()
      return true
    },
    succeeded() {
      if (downSinceMs === undefined) return
      const downMs = Math.round(performance.now() - downSinceMs)
      downSinceMs = undefined
      reporter.report({
        type: 'security.failures_shared',
        level: 'info',
        message: 'failures are counted for all instances again',
        fields: { downMs },
      })
    },
    failed(error) {
      triedMs = performance.now()
      if (downSinceMs !== undefined) return
      downSinceMs = triedMs
      reporter.report({
        type: 'security.failures_local',
        level: 'error',
        message: 'the store of failures is down; this instance counts alone',
        fields: { error: visible(codeOf(error) ?? reasonOf(error)) },
      })
    },
  }
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
  state: StoreState,
  prefix: string,
): Gate {
  const { store, timeoutMs } = state

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
      const asked = Promise.resolve(store.reserve(key, limit)).then(checkedAnswer)
      const late = new Promise<never>((_resolve, reject) => {
        timer = setTimeout(() => {
          isLate = true
          reject(new Error(`no answer in ${timeoutMs} ms`))
        }, timeoutMs)
      })
      asked.then(
        (answer) => {
          if (isLate && answer === 'reserved') settleStore(key, false)
        },
        () => {},
      )
      const answer = await Promise.race([asked, late])
      state.succeeded()
      return answer
    } catch (error) {
      state.failed(error)
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

  /** Nobody waits for it: the place is taken until then. */
  function settleStore(key: string, failed: boolean): void {
    try {
      Promise.resolve(store.settle(key, limit, failed)).catch(state.failed)
    } catch (error) {
      state.failed(error)
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

function checkedAnswer(answer: StoreAnswer): StoreAnswer {
  if (answer === 'reserved' || answer === 'busy') return answer
  if (Number.isFinite(answer?.retryAfterMs)) return answer
  throw new Error("the store answered neither 'reserved', 'busy' nor { retryAfterMs }")
}
