// The rules by which the OpenTelemetry Collector and the OTLP receiver of Prometheus name metrics:
// github.com/prometheus/otlptranslator, strategy UnderscoreEscapingWithSuffixes. In the same steps
// as there, so that the two can be compared.

/** Determines the suffix. `counter` is a monotonic sum, `upDownCounter` a sum that is not. */
export type Kind = 'counter' | 'upDownCounter' | 'gauge' | 'histogram'

const unitNames: Readonly<Record<string, string>> = {
  d: 'days',
  h: 'hours',
  min: 'minutes',
  s: 'seconds',
  ms: 'milliseconds',
  us: 'microseconds',
  ns: 'nanoseconds',
  By: 'bytes',
  KiBy: 'kibibytes',
  MiBy: 'mebibytes',
  GiBy: 'gibibytes',
  TiBy: 'tibibytes',
  KBy: 'kilobytes',
  MBy: 'megabytes',
  GBy: 'gigabytes',
  TBy: 'terabytes',
  m: 'meters',
  V: 'volts',
  A: 'amperes',
  J: 'joules',
  W: 'watts',
  g: 'grams',
  Cel: 'celsius',
  Hz: 'hertz',
  '1': '',
  '%': 'percent',
}

const perUnitNames: Readonly<Record<string, string>> = {
  s: 'second',
  m: 'minute',
  h: 'hour',
  d: 'day',
  w: 'week',
  mo: 'month',
  y: 'year',
}

/** The name in Prometheus; undefined if no character of the name is legal there. */
export function metricName(name: string, unit: string, kind: Kind): string | undefined {
  let tokens = name.split(/[^a-zA-Z0-9:]+/).filter((token) => token !== '')
  const [main, per] = unitSuffixes(unit)
  tokens.push(...unitTokens(tokens, clean(main), clean(per)))
  if (kind === 'counter') tokens = [...tokens.filter((token) => token !== 'total'), 'total']
  // Gauges only: some counters have the unit `1` although they count things.
  if (unit === '1' && kind === 'gauge') {
    tokens = [...tokens.filter((token) => token !== 'ratio'), 'ratio']
  }
  const joined = tokens.join('_')
  const safe = /^[0-9]/.test(joined) ? `_${joined}` : joined
  return /[^_]/.test(safe) ? safe : undefined
}

function unitSuffixes(unit: string): [main: string, per: string] {
  const slash = unit.indexOf('/')
  const main = (slash < 0 ? unit : unit.slice(0, slash)).trim()
  const per = slash < 0 ? '' : unit.slice(slash + 1).trim()
  const perSuffix = /[{}]/.test(per) ? '' : lookUp(perUnitNames, per)
  return [
    /[{}]/.test(main) ? '' : lookUp(unitNames, main),
    perSuffix === '' ? '' : `per_${perSuffix}`,
  ]
}

const lookUp = (table: Readonly<Record<string, string>>, key: string) =>
  Object.hasOwn(table, key) ? (table[key] ?? key) : key

const clean = (unit: string) =>
  unit
    .replace(/[^a-zA-Z0-9:]/gu, '_')
    .replace(/__+/g, '_')
    .replace(/^_/, '')

function unitTokens(tokens: readonly string[], mainUnit: string, perUnit: string): string[] {
  let main = tokens.includes(mainUnit) ? '' : mainUnit
  let per = perUnit === 'per_' ? '' : perUnit.replace(/_$/, '')
  if (tokens.includes(per)) per = ''
  if (per !== '') main = main.replace(/_$/, '')
  return [main, per].filter((token) => token !== '')
}

/** The name of a label in Prometheus; undefined if no character of it is legal there. */
export function labelName(name: string): string | undefined {
  if (name === '') return undefined
  const reserved = name.length >= 4 && name.startsWith('__') && name.endsWith('__')
  const inner = (reserved ? name.slice(2, -2) : name).replace(/[^a-zA-Z0-9]+/g, '_')
  const safe = reserved ? `__${inner}__` : inner
  const legal = /^[0-9]/.test(safe) ? `key_${safe}` : safe
  return /[^_]/.test(legal) ? legal : undefined
}
