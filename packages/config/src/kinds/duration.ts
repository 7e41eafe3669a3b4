import type { Refusal } from '../declaration/grammar.ts'
import type { Kind, VariableOptions } from '../declaration/kind.ts'
import { isDigit } from '../declaration/names.ts'
import { kindCheck, kindOf, noOptions } from '../declaration/variable-kind.ts'

/** Options of {@link duration}. */
export interface DurationOptions extends VariableOptions {
  /** A string such as `'10s'`, or a number of milliseconds. */
  readonly default?: string | number
  /** The shortest duration, as a string or in milliseconds. @defaultValue 0 */
  readonly min?: string | number
  /**
   * The longest duration, as a string or in milliseconds.
   * @defaultValue 2^31 − 1 ms (24.8 days), the limit of `setTimeout`
   */
  readonly max?: string | number
}

const nanoseconds: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n],
  ['us', 1_000n],
  ['\u00b5s', 1_000n], // µ, the micro sign
  ['\u03bcs', 1_000n], // μ, the Greek letter
  ['ms', 1_000_000n],
  ['s', 1_000_000_000n],
  ['m', 60_000_000_000n],
  ['h', 3_600_000_000_000n],
  ['d', 86_400_000_000_000n],
])
const largest = 2n ** 63n - 1n
/** Longer than any duration needs. */
const maxLength = 256

/**
 * A kind for durations in Go's syntax, with `d` for 24 hours: `300ms`, `10s`, `1h30m`, `1.5h`,
 * `2d`. The value is in milliseconds, and may have a fraction (`1µs` is 0.001).
 */
export function duration(options: DurationOptions = noOptions): Kind<number> {
  if (options !== noOptions) {
    kindCheck('duration').options('options', options, ['default', 'name', 'min', 'max'])
  }
  const min = bound('min', options.min ?? 0)
  const max = bound('max', options.max ?? 2 ** 31 - 1)
  if (min > max) {
    const expected = `a duration of at least ${formatMs(min)}`
    throw kindCheck('duration').error('max', expected, options.max)
  }
  return kindOf(
    {
      type: 'duration',
      expected: () => `a duration such as 300ms, 10s or 1h30m${rangeText(min, options)}`,
      parse(text) {
        const value = parseMs(text)
        if (value === undefined) return refuse(text)
        if (value >= min && value <= max) return { ok: true, value }
        return { ok: false, fixedHint: `it must be from ${formatMs(min)} to ${formatMs(max)}` }
      },
      format: formatMs,
      encode: (value) =>
        typeof value === 'number' && inRange(value) ? formatMs(value) : undefined,
      schema: () => ({
        type: 'string',
        pattern:
          '^([+-]?0|[+-]?(([0-9]+\\.?[0-9]*|\\.[0-9]+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h|d))+)$',
      }),
    },
    options,
  )
}

/**
 * Milliseconds; `undefined` if the text is not a duration, or exceeds 64 bits of nanoseconds, as in
 * Go.
 */
function parseMs(text: string): number | undefined {
  const total = text.length > maxLength ? undefined : nanosecondsOf(text)
  const negative = text.startsWith('-')
  if (total === undefined || total > (negative ? largest + 1n : largest)) return undefined
  const ms = Number(total / 1_000_000n) + Number(total % 1_000_000n) / 1e6
  return negative ? 0 - ms : ms
}

/** Parses pairs of a number and a unit up to the end of the text. Ignores the sign. */
function nanosecondsOf(text: string): bigint | undefined {
  let at = text.startsWith('-') || text.startsWith('+') ? 1 : 0
  if (at === text.length) return undefined
  if (text.slice(at) === '0') return 0n
  let total = 0n
  while (at < text.length) {
    const whole = text.slice(at, endOfDigits(text, at))
    at += whole.length
    const dot = text[at] === '.' ? 1 : 0
    const fraction = dot === 1 ? text.slice(at + 1, endOfDigits(text, at + 1)) : ''
    at += dot + fraction.length
    const unit = text.slice(at, endOfUnit(text, at))
    at += unit.length
    const size = nanoseconds.get(unit)
    if (size === undefined || (whole === '' && fraction === '')) return undefined
    total += BigInt(whole) * size + partOf(size, fraction)
  }
  return total
}

function endOfDigits(text: string, from: number): number {
  let end = from
  while (isDigit(text.charCodeAt(end))) end++
  return end
}

function endOfUnit(text: string, from: number): number {
  let end = from
  while (end < text.length && text[end] !== '.' && !isDigit(text.charCodeAt(end))) end++
  return end
}

/**
 * In floating point, with the digits that fit in 63 bits, like Go: `0.3333333333333333333h` is 20
 * minutes there.
 */
function partOf(size: bigint, digits: string): bigint {
  let value = 0n
  let scale = 1
  for (const digit of digits) {
    const next = value * 10n + BigInt(digit)
    if (next > largest) break
    value = next
    scale *= 10
  }
  return BigInt(Math.trunc(Number(value) * (Number(size) / scale)))
}

function inRange(ms: number): boolean {
  return Math.abs(ms) <= 2 ** 63 / 1e6
}

/** Formats with integers only, from days to nanoseconds: `1500` is `1s500ms`. */
export function formatMs(ms: number): string {
  const magnitude = Math.abs(ms)
  const whole = Math.trunc(magnitude)
  let rest = BigInt(whole) * 1_000_000n + BigInt(Math.round((magnitude - whole) * 1e6))
  if (rest === 0n) return '0s'
  let text = ms < 0 ? '-' : ''
  for (const unit of ['d', 'h', 'm', 's', 'ms', 'us', 'ns']) {
    const size = nanoseconds.get(unit) ?? 1n
    if (rest >= size) text += `${rest / size}${unit}`
    rest %= size
  }
  return text
}

function rangeText(min: number, { max }: DurationOptions): string {
  if (max !== undefined) return ` from ${formatMs(min)} to ${formatMs(bound('max', max))}`
  return min === 0 ? '' : `, at least ${formatMs(min)}`
}

function bound(option: string, value: string | number): number {
  const ms = typeof value === 'string' ? parseMs(value) : value
  if (typeof ms !== 'number' || !inRange(ms)) {
    throw kindCheck('duration').error(
      option,
      "a duration such as '10s', or a number of milliseconds",
      value,
    )
  }
  return ms
}

function refuse(text: string): Refusal {
  if (text.length > maxLength) return { ok: false }
  if (!/^[+-]?[0-9]+(?:\.[0-9]+)?$/.test(text)) return { ok: false, fixedHint: fixedHintOf(text) }
  const fixedHint = 'the unit is missing'
  return { ok: false, hint: `${fixedHint}: ${text}s or ${text}ms?`, fixedHint }
}

function fixedHintOf(text: string): string | undefined {
  if (/\s/.test(text)) return 'write it without white space'
  if (nanosecondsOf(text) !== undefined) return 'it is too long'
  if (nanosecondsOf(text.toLowerCase()) !== undefined) return 'units are lower case'
  if (/(?:sec|min|hour|day|week)/i.test(text)) return 'units are ns, us, ms, s, m, h and d'
  return undefined
}
