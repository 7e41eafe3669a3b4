import type { Reporter } from '@clew/internal/reports/reporter'
import { isPromise, type MaybePromise } from '../policy/maybe-promise.ts'
import { clientGone, freePlace, isPlace, type NoPlace, type Place } from '../policy/place.ts'
import { createFailures } from './failures.ts'
import { createGate, type Gate } from './gate.ts'
import type { FailureLimits } from './options.ts'
import { createSharedGate, createStoreState } from './shared-gate.ts'

/** Who makes a guess. */
export interface Guesser {
  /** An address; for IPv6 a /64. */
  readonly lane: string
  /** The user whose password is guessed; not the name itself, which may be long. */
  readonly user?: string | undefined
  /** Nobody waits for the response any more. */
  isGone(): boolean
}

/** Blocks addresses, and users at addresses, that have failed too often. Slows down users. */
export interface FailureLimit {
  /** A place for one check; settle it when the check has ended. */
  reserve(guesser: Guesser): MaybePromise<Place | NoPlace>
}

const noLimit: FailureLimit = { reserve: () => freePlace }

/** @param limits - undefined: nobody is ever blocked */
export function createFailureLimit(
  limits: FailureLimits | undefined,
  reporter: Reporter,
): FailureLimit {
  if (limits === undefined) return noLimit
  const { max, maxPerUser, windowMs, slowMs, maxEntries, maxWaiting, store } = limits
  const state = store && createStoreState(store, limits.storeTimeoutMs, reporter)
  const createOne = (most: number, prefix: string): Gate => {
    const local = createGate({ max: most, windowMs, maxEntries, maxWaiting })
    return state ? createSharedGate(local, { max: most, windowMs }, state, prefix) : local
  }
  const addresses = createOne(max, 'address:')
  const usersAtAddresses = createOne(maxPerUser, 'user:')
  // Only slowed down, so that strangers cannot lock a user out.
  const users = createFailures({ windowMs }, maxEntries)
  let reportedMs = Number.NEGATIVE_INFINITY

  function reportEvictions(): void {
    if (performance.now() - reportedMs <= 60_000) return
    reportedMs = performance.now()
    const counters = [addresses.failures, usersAtAddresses.failures, users]
    reporter.report({
      type: 'security.failures_full',
      level: 'warn',
      message: 'too many failing clients to remember; those with the fewest failures are forgotten',
      fields: {
        entries: counters.reduce((sum, { size }) => sum + size, 0),
        evicted: counters.reduce((sum, { evicted }) => sum + evicted, 0),
      },
    })
  }

  class UserPlace implements Place {
    private readonly places: readonly Place[]
    private readonly user: string

    constructor(places: readonly Place[], user: string) {
      this.places = places
      this.user = user
    }

    settle(failed: boolean): void {
      for (const place of this.places) place.settle(failed)
      if (!failed) return
      const { evicted } = users
      users.fail(this.user)
      if (users.evicted > evicted) reportEvictions()
    }
  }

  class AddressPlace implements Place {
    private readonly place: Place

    constructor(place: Place) {
      this.place = place
    }

    settle(failed: boolean): void {
      const { evicted } = addresses.failures
      this.place.settle(failed)
      if (addresses.failures.evicted > evicted) reportEvictions()
    }
  }

  async function reserveUser(
    entered: MaybePromise<Place | NoPlace>,
    lane: string,
    user: string,
    isGone: () => boolean,
  ): Promise<Place | NoPlace> {
    const first = await entered
    if (!isPlace(first)) return first
    const second = await usersAtAddresses.enter(`${lane} ${user}`, isGone)
    if (!isPlace(second)) {
      first.settle(false)
      return second
    }
    const place = new UserPlace([new AddressPlace(first), second], user)
    if (users.count(user) < max || slowMs === 0) return place
    await new Promise((resolve) => setTimeout(resolve, slowMs))
    if (!isGone()) return place
    place.settle(false)
    return clientGone
  }

  return {
    reserve({ lane, user, isGone }) {
      const entered = addresses.enter(lane, isGone)
      if (user !== undefined) return reserveUser(entered, lane, user, isGone)
      if (!isPromise(entered)) return isPlace(entered) ? new AddressPlace(entered) : entered
      return (entered as Promise<Place | NoPlace>).then((place) =>
        isPlace(place) ? new AddressPlace(place) : place,
      )
    },
  }
}
