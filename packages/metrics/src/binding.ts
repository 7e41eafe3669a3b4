import type { Meter, MeterProvider } from '@opentelemetry/api'
import { mistake, shown } from './errors.ts'
import { currentProvider, state } from './state.ts'

/** The instrumentation scope of everything this package measures, and of the instruments made with it. */
export const SCOPE = '@clew/metrics'

export interface InstrumentOptions {
  /** What it counts, for a person. Shown as HELP by Prometheus. @defaultValue none */
  readonly description?: string
  /**
   * The unit, in UCUM: `s`, `ms`, `By`, `1`, `%`, or what is counted in braces: `{order}`. At most 63 ASCII characters.
   * @defaultValue none
   */
  readonly unit?: string
}

/**
 * Gives the instrument of the provider that is registered now, and makes it again when another one is. This is what lets an instrument
 * exist before `configure`: the api's own ones stay no-ops for ever.
 */
export function lazily<T>(create: (meter: Meter) => T): () => T | undefined {
  let bound: MeterProvider | undefined
  let instrument: T | undefined
  return () => {
    const provider = currentProvider()
    if (provider !== bound) {
      bound = provider
      instrument = undefined
      try {
        if (provider) instrument = create(provider.getMeter(SCOPE))
      } catch {
        // Somebody else's provider that fails: the service goes on without this measurement.
      }
      bindObservables()
    }
    return instrument
  }
}

/** Lets the observables look at the provider again, since nothing calls them. */
export function bindObservables(): void {
  if (binding) return
  binding = true
  for (const bind of state().observables) bind()
  binding = false
}

// Each of them comes back here when it sees the new provider.
let binding = false

const NAME = /^[A-Za-z][A-Za-z0-9_./-]{0,254}$/
const UNIT = /^[\x20-\x7e]{0,63}$/

// What people write, and what UCUM calls it. `B` would be the bel.
const WRONG_UNITS: Readonly<Record<string, string>> = {
  sec: 's',
  second: 's',
  seconds: 's',
  msec: 'ms',
  millis: 'ms',
  millisecond: 'ms',
  milliseconds: 'ms',
  microseconds: 'us',
  nanoseconds: 'ns',
  minutes: 'min',
  hours: 'h',
  days: 'd',
  B: 'By',
  b: 'By',
  byte: 'By',
  bytes: 'By',
  kB: 'kBy',
  KB: 'KiBy',
  MB: 'MBy',
  GB: 'GBy',
  percent: '%',
  ratio: '1',
}

/** Checks name and unit by the rules of the OpenTelemetry API, and that nobody else gave the name another meaning. */
export function declare(
  kind: string,
  name: string,
  { description, unit }: InstrumentOptions,
): void {
  if (typeof name !== 'string' || !NAME.test(name)) {
    throw mistake(
      'ERR_METRICS_NAME',
      `a metric's name must begin with a letter and have at most 255 letters, digits, "_", ".", "-" and "/"; received ${shown(name)}`,
    )
  }
  if (unit !== undefined && (typeof unit !== 'string' || !UNIT.test(unit))) {
    throw mistake(
      'ERR_METRICS_UNIT',
      `the unit of ${name} must be at most 63 ASCII characters; received ${shown(unit)}`,
    )
  }
  const better = unit === undefined ? undefined : WRONG_UNITS[unit]
  if (better !== undefined && Object.hasOwn(WRONG_UNITS, unit ?? '')) {
    throw mistake(
      'ERR_METRICS_UNIT',
      `the unit of ${name} must be UCUM: ${shown(better)}, not ${shown(unit)}`,
    )
  }
  if (description !== undefined && typeof description !== 'string') {
    throw mistake(
      'ERR_METRICS_OPTION',
      `the description of ${name} must be a string; received ${shown(description)}`,
    )
  }
  const { instruments } = state()
  // Names are case-insensitive in OpenTelemetry.
  const key = name.toLowerCase()
  const known = instruments.get(key)
  if (known && (known.kind !== kind || known.unit !== (unit ?? ''))) {
    const was = known.unit === '' ? 'without a unit' : `with unit ${shown(known.unit)}`
    throw mistake(
      'ERR_METRICS_CONFLICT',
      `${name} exists already as a ${known.kind} ${was}; one name can mean one thing only`,
    )
  }
  instruments.set(key, { kind, unit: unit ?? '' })
}

/** What the SDK is given: no key with the value `undefined`. */
export function given({ description, unit }: InstrumentOptions): {
  description?: string
  unit?: string
} {
  return {
    ...(description === undefined ? {} : { description }),
    ...(unit === undefined ? {} : { unit }),
  }
}

/** Drops a number that would poison a sum for ever. */
export function refuseValue(name: string, value: unknown): void {
  state().once?.(`value ${name}`, {
    type: 'metrics.value_dropped',
    level: 'warn',
    message: `${name} was given ${shown(value)}, which cannot be recorded; such values are dropped`,
    fields: { metric: name },
  })
}
