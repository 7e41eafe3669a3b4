import { mistake } from '@clew/internal/errors/error'
import { show } from '@clew/internal/errors/show'
import { checkFor, type MetricsErrorCode } from '../errors.ts'
import { state } from './state.ts'

export interface InstrumentOptions {
  /** What is measured, for people to read. Prometheus shows it as HELP. @defaultValue none */
  readonly description?: string | undefined
  /**
   * The unit, in UCUM: `s`, `ms`, `By`, `1`, `%`, or what is counted, in braces: `{order}`. At most
   * 63 ASCII characters.
   * @defaultValue none
   */
  readonly unit?: string | undefined
}

/** The public function that creates an instrument. */
export type Kind =
  | 'counter'
  | 'upDownCounter'
  | 'gauge'
  | 'histogram'
  | 'observableCounter'
  | 'observableUpDownCounter'
  | 'observableGauge'

export const namePattern: RegExp = /^[A-Za-z][A-Za-z0-9_./-]{0,254}$/
const unitPattern = /^[\x20-\x7e]{0,63}$/

// Common spellings, and the UCUM code for each. `B` is the bel.
const ucumCodes: Readonly<Record<string, string>> = {
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

/**
 * Checks a name and a unit by the rules of the OpenTelemetry API, and that the name has not been
 * declared with another kind or unit.
 */
export function declare(kind: Kind, name: string, options: InstrumentOptions): void {
  const { description, unit = '' } = options
  if (typeof name !== 'string' || !namePattern.test(name)) {
    throw wrong(kind, {
      code: 'ERR_METRICS_NAME',
      what: 'name',
      expected: 'a letter and then at most 254 letters, digits, "_", ".", "-" and "/"',
      received: show(name),
    })
  }
  if (typeof unit !== 'string' || !unitPattern.test(unit)) {
    throw wrong(kind, {
      code: 'ERR_METRICS_UNIT',
      what: `unit of ${name}`,
      expected: 'at most 63 ASCII characters',
      received: show(unit),
    })
  }
  if (Object.hasOwn(ucumCodes, unit)) {
    throw wrong(kind, {
      code: 'ERR_METRICS_UNIT',
      what: `unit of ${name}`,
      expected: `a UCUM code, here ${show(ucumCodes[unit])}`,
      received: show(unit),
    })
  }
  if (description !== undefined && typeof description !== 'string') {
    throw checkFor(kind).error(`description of ${name}`, 'a string', description)
  }
  const { instruments } = state()
  // Names are case-insensitive in OpenTelemetry.
  const key = name.toLowerCase()
  const first = instruments.get(key)
  if (first && (first.kind !== kind || first.unit !== unit)) {
    throw wrong(kind, {
      code: 'ERR_METRICS_CONFLICT',
      what: name,
      expected: `${meaning(first)}, as it was declared first`,
      received: meaning({ kind, unit }),
    })
  }
  instruments.set(key, { kind, unit })
}

const meaning = ({ kind, unit }: { readonly kind: string; readonly unit: string }) =>
  `${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind} ${unit === '' ? 'without a unit' : `with the unit ${show(unit)}`}`

interface Problem {
  readonly code: MetricsErrorCode
  readonly what: string
  readonly expected: string
  readonly received: string
}

function wrong(kind: Kind, { code, what, expected, received }: Problem): TypeError {
  return mistake(code, `metrics.${kind}: ${what} must be ${expected}; received ${received}`)
}

/** The options for the SDK, which must not have keys with the value `undefined`. */
export function sdkOptions({ description, unit }: InstrumentOptions): {
  description?: string
  unit?: string
} {
  return {
    ...(description === undefined ? {} : { description }),
    ...(unit === undefined ? {} : { unit }),
  }
}

/** Reports a number that is not recorded: it would make every later sum useless. */
export function reportDropped(name: string, value: unknown): void {
  state().reportOnce?.(`value ${name}`, {
    type: 'metrics.value_dropped',
    level: 'warn',
    message: `${name} received ${show(value)}, which cannot be recorded; such values are dropped`,
    fields: { metric: name },
  })
}
