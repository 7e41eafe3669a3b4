import type { MaybePromise } from '../policy/maybe-promise.ts'
import { clientGone, type NoPlace, type Place, tooManyChecks } from '../policy/place.ts'
import { createFailures, type Failures, type FailuresOptions } from './failures.ts'

/** Lets so many checks of one key start that it cannot fail more often than it may. */
export interface Gate {
  enter(key: string, isGone: () => boolean): MaybePromise<Place | NoPlace>
  /** What another counter knows: this key has failed too often, for this long. */
  close(key: string, leftMs: number): void
  readonly failures: Failures
}

interface Flight {
  count: number
  readonly waiting: Waiting[]
}

interface Waiting {
  readonly isGone: () => boolean
  readonly resolve: (place: Place | NoPlace) => void
}

export interface GateOptions extends FailuresOptions {
  /** Failures allowed in a window. */
  readonly max: number
  readonly maxWaiting: number
}

/**
 * In the memory of the process. A check takes its place before it starts: with `max` 5, of 40
 * guesses at once 5 are tried. The other 35 wait for how these end, since they might be honest.
 */
export function createGate({ max, maxWaiting, ...options }: GateOptions): Gate {
  const failures = createFailures(options)
  // As many entries as there are checks in flight.
  const flights = new Map<string, Flight>()

  class Entered implements Place {
    private readonly key: string
    private isOpen = true

    constructor(key: string) {
      this.key = key
    }

    settle(failed: boolean): void {
      if (!this.isOpen) return
      this.isOpen = false
      leave(this.key, failed)
    }
  }

  const blocked = (key: string): NoPlace => ({
    reason: 'too_many_failures',
    retryAfter: Math.max(1, failures.endsIn(key)),
  })

  function enter(key: string, isGone: () => boolean): MaybePromise<Place | NoPlace> {
    const count = failures.count(key)
    if (count >= max) return blocked(key)
    const flight = flights.get(key)
    if (flight === undefined) {
      flights.set(key, { count: 1, waiting: [] })
      return new Entered(key)
    }
    if (count + flight.count < max) {
      flight.count++
      return new Entered(key)
    }
    if (flight.waiting.length >= maxWaiting) dropGone(flight)
    if (flight.waiting.length >= maxWaiting) return tooManyChecks
    return new Promise((resolve) => {
      flight.waiting.push({ isGone, resolve })
    })
  }

  function leave(key: string, failed: boolean): void {
    if (failed) failures.fail(key)
    const flight = flights.get(key)
    if (!flight) return
    flight.count--
    admit(key, flight)
    if (flight.count === 0) flights.delete(key)
  }

  function admit(key: string, flight: Flight): void {
    while (flight.waiting.length > 0) {
      const count = failures.count(key)
      if (count < max && count + flight.count >= max) return
      const next = flight.waiting.shift()
      if (!next) return
      if (next.isGone()) next.resolve(clientGone)
      else if (count >= max) next.resolve(blocked(key))
      else {
        flight.count++
        next.resolve(new Entered(key))
      }
    }
  }

  function dropGone(flight: Flight): void {
    const waiting = flight.waiting.splice(0)
    for (const each of waiting) {
      if (each.isGone()) each.resolve(clientGone)
      else flight.waiting.push(each)
    }
  }

  return {
    enter,
    close: (key, leftMs) => failures.learn(key, max, leftMs),
    failures,
  }
}
