import type { IncomingMessage } from 'node:http'
import { monotonicMs } from '@clew/internal/time/clock'
import type { Priority } from '../options/options.ts'
import type { OverloadSettings } from '../options/overload-settings.ts'
import { AdaptiveLimit, fixedLimit, type Limit } from './limit.ts'
import { type Pressure, type PressureReason, watchPressure } from './pressure.ts'

export type ShedReason = 'in_flight' | PressureReason

/** The part of the limit that requests of low priority may use. */
const lowShare = 0.75

/** Decides which requests are not begun, because the process has enough to do. */
export class Shedder {
  private readonly priorityOf: (req: IncomingMessage) => Priority
  private readonly limit: Limit | undefined
  private readonly pressure: Pressure | undefined
  /** Requests in progress, of those that count. */
  private busy = 0
  /** What of the share has not been shed yet: every nth request is, not one by chance. */
  private debt = 0

  /** @param onPriorityFailed - called with what `priority` throws */
  constructor(settings: OverloadSettings, onPriorityFailed: (error: unknown) => void) {
    const { inFlight, loopDelayMs, utilization, priority } = settings
    this.limit = typeof inFlight === 'number' ? limitOf(inFlight) : new AdaptiveLimit(inFlight)
    if (loopDelayMs > 0 || utilization > 0) this.pressure = watchPressure(settings)
    this.priorityOf = (req) => {
      try {
        return priority?.(req) ?? 'normal'
      } catch (error) {
        onPriorityFailed(error)
        return 'normal'
      }
    }
  }

  /** undefined if there is none. */
  get currentLimit(): number | undefined {
    return this.limit?.current
  }

  /** Why a request is shed; undefined: it may begin. */
  refuses(req: IncomingMessage): ShedReason | undefined {
    const { limit, pressure, busy } = this
    const share = pressure?.share ?? 0
    const isFull = limit !== undefined && busy >= Math.max(1, limit.current * lowShare)
    // Nobody has to be asked for a priority as long as all pass.
    if (share === 0 && !isFull) return undefined
    const priority = this.priorityOf(req)
    if (priority === 'critical') return undefined
    if (isFull && (priority === 'low' || busy >= limit.current)) return 'in_flight'
    if (share === 0) return undefined
    this.debt += priority === 'low' ? Math.min(1, 2 * share) : share
    if (this.debt < 1) return undefined
    this.debt--
    return pressure?.reason
  }

  /** A request that counts has begun. */
  begin(): void {
    this.busy++
  }

  /** It has ended. @param durationMs - undefined if it says nothing about the load */
  end(durationMs: number | undefined): void {
    if (durationMs !== undefined) this.limit?.sample(durationMs, this.busy, monotonicMs())
    this.busy--
  }

  close(): void {
    this.pressure?.close()
  }
}

const limitOf = (inFlight: number) => (inFlight > 0 ? fixedLimit(inFlight) : undefined)
