import { optionCheck } from '../errors.ts'

/**
 * What of the process itself may fail liveness: never a dependency. Off by default, since whoever
 * kills what is only slow under load takes all instances down, one after the other.
 */
export interface LivenessOptions {
  /**
   * The event loop is so late, half of the time or more, in milliseconds (integer, 100 to
   * 2 147 483 647). Choose seconds. @defaultValue undefined: not watched
   */
  readonly maxLoopDelayMs?: number | undefined
  /**
   * The part of V8's `heap_size_limit` that is in use (number, 0.5 to 1). The limit includes the
   * young generation, which a full heap does not use: with a small heap, a high value is never
   * reached. @defaultValue undefined: not watched
   */
  readonly maxHeapRatio?: number | undefined
  /**
   * How long it must last without a break until liveness is 503, in milliseconds (integer, 1000 to
   * 2 147 483 647). One good second starts it again. @defaultValue 30000
   */
  readonly sustainedMs?: number | undefined
}

export interface LivenessLimits {
  readonly maxLoopDelayMs: number
  readonly maxHeapRatio: number
  readonly sustainedMs: number
}

/** @throws TypeError `ERR_HEALTH_OPTION` */
export function livenessLimits(
  caller: string,
  options: LivenessOptions | undefined,
): LivenessLimits | undefined {
  const check = optionCheck(caller)
  const names = ['maxLoopDelayMs', 'maxHeapRatio', 'sustainedMs'] as const
  const given = check.options('liveness', options, names)
  const { maxLoopDelayMs, maxHeapRatio, sustainedMs = 30_000 } = given
  const limits = {
    maxLoopDelayMs:
      maxLoopDelayMs === undefined
        ? Number.POSITIVE_INFINITY
        : check.milliseconds('liveness.maxLoopDelayMs', maxLoopDelayMs, 100),
    maxHeapRatio:
      maxHeapRatio === undefined
        ? Number.POSITIVE_INFINITY
        : check.number('liveness.maxHeapRatio', maxHeapRatio, { min: 0.5, max: 1 }),
    sustainedMs: check.milliseconds('liveness.sustainedMs', sustainedMs, 1_000),
  }
  return maxLoopDelayMs === undefined && maxHeapRatio === undefined ? undefined : limits
}
