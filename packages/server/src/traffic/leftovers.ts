import { monotonicMs } from '@clew/internal/time/clock'
import type { CutRequest } from '../lifecycle/report.ts'
import type { ActiveRequest } from './active-request.ts'
import { cutRequestOf, maxListed } from './cut-request.ts'

/**
 * Requests that have ended while their handlers work on: their client has left, or they do something
 * behind the response. Kept weakly: a promise that nothing can settle any more is garbage, and with
 * it the request that waits for it.
 */
export class Leftovers {
  private readonly refs: Set<WeakRef<ActiveRequest>> = new Set()
  private readonly refOf: WeakMap<ActiveRequest, WeakRef<ActiveRequest>> = new WeakMap()
  private sweepAt = 1_000

  add(request: ActiveRequest): void {
    if (this.refOf.has(request)) return
    const ref = new WeakRef(request)
    this.refOf.set(request, ref)
    this.refs.add(ref)
    if (this.refs.size < this.sweepAt) return
    this.sweepAt = Math.max(1_000, this.alive().length * 2)
  }

  delete(request: ActiveRequest): void {
    const ref = this.refOf.get(request)
    if (ref === undefined) return
    this.refOf.delete(request)
    this.refs.delete(ref)
  }

  /** Those still at work. */
  alive(): ActiveRequest[] {
    const found: ActiveRequest[] = []
    for (const ref of this.refs) {
      const request = ref.deref()
      if (request === undefined) this.refs.delete(ref)
      else found.push(request)
    }
    return found
  }

  /** The first 100 of them, for the report. */
  list(): CutRequest[] {
    return this.alive()
      .slice(0, maxListed)
      .map((request) => cutRequestOf(request, monotonicMs() - request.record.startMs))
  }
}
