import type { ServerCheck } from '../errors.ts'
import type { OverloadOptions } from './options.ts'

/** The options, checked. */
export interface OverloadSettings {
  /** A number: fixed, 0 = no limit. */
  readonly inFlight: number | { readonly min: number; readonly max: number }
  readonly loopDelayMs: number
  readonly utilization: number
  readonly retryAfterMs: number
  readonly priority: OverloadOptions['priority']
}

const names: readonly (keyof OverloadOptions)[] = [
  'inFlight',
  'loopDelayMs',
  'utilization',
  'retryAfterMs',
  'priority',
]

/** @returns undefined if nothing is limited */
export function overloadOf(
  check: ServerCheck,
  overload: OverloadOptions | undefined,
): OverloadSettings | undefined {
  const options = check.options('overload', overload, names)
  const { inFlight = 0, loopDelayMs = 0, utilization = 0, retryAfterMs = 2_000, priority } = options
  check.function('overload.priority', priority)
  const settings = {
    inFlight: inFlightOf(check, inFlight),
    loopDelayMs: check.milliseconds('overload.loopDelayMs', loopDelayMs),
    utilization: check.number('overload.utilization', utilization, { min: 0, max: 1 }),
    retryAfterMs: check.milliseconds('overload.retryAfterMs', retryAfterMs),
    priority,
  }
  return inFlight === 0 && loopDelayMs === 0 && utilization === 0 ? undefined : settings
}

function inFlightOf(
  check: ServerCheck,
  inFlight: NonNullable<OverloadOptions['inFlight']>,
): OverloadSettings['inFlight'] {
  if (typeof inFlight === 'number') {
    return check.integer('overload.inFlight', inFlight, { min: 0 })
  }
  const { min = 10, max = 1_000 } = check.options('overload.inFlight', inFlight, ['min', 'max'])
  check.integer('overload.inFlight.min', min, { min: 1 })
  check.integer('overload.inFlight.max', max, { min })
  return { min, max }
}
