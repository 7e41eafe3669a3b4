import type { Outcome, Refusal } from '../declaration/grammar.ts'
import type { Kind, VariableOptions } from '../declaration/kind.ts'
import { kindCheck, kindOf, noOptions } from '../declaration/variable-kind.ts'

/** Options of {@link bytes}. */
export interface BytesOptions extends VariableOptions {
  /** A string such as `'10MB'`, or a number of bytes. */
  readonly default?: string | number
  /** The smallest size, as a string or in bytes. @defaultValue 0 */
  readonly min?: string | number
  /** The largest size, as a string or in bytes. @defaultValue 2^53 − 1 bytes */
  readonly max?: string | number
}

/** IEC 80000-13: `k` to `P` are powers of 1000, `Ki` to `Pi` of 1024. From large to small. */
const sizes: readonly (readonly [unit: string, size: bigint])[] = [
  ['PiB', 1n << 50n],
  ['PB', 10n ** 15n],
  ['TiB', 1n << 40n],
  ['TB', 10n ** 12n],
  ['GiB', 1n << 30n],
  ['GB', 10n ** 9n],
  ['MiB', 1n << 20n],
  ['MB', 10n ** 6n],
  ['KiB', 1n << 10n],
  ['kB', 1000n],
  ['B', 1n],
]
const sizeOf: ReadonlyMap<string, bigint> = new Map([
  ['', 1n],
  ...sizes.map(([unit, size]) => [unit.toLowerCase(), size] as const),
])
/** Longer than any size needs. */
const maxLength = 64

/**
 * A kind for sizes in bytes: `10MB` (10,000,000), `16MiB` (16 × 1024²), `1.5GiB`, `512`. Units are
 * B, kB, MB, GB, TB, PB, KiB, MiB, GiB, TiB and PiB, in any case. The value is a whole number of
 * bytes.
 */
export function bytes(options: BytesOptions = noOptions): Kind<number> {
  if (options !== noOptions) {
    kindCheck('bytes').options('options', options, ['default', 'name', 'min', 'max'])
  }
  const min = bound('min', options.min ?? 0)
  const max = bound('max', options.max ?? Number.MAX_SAFE_INTEGER)
  if (min > max) {
    throw kindCheck('bytes').error('max', `a size of at least ${formatBytes(min)}`, options.max)
  }
  return kindOf(
    {
      type: 'bytes',
      expected: () => `a size such as 512kB, 10MB or 16MiB${rangeText(min, max)}`,
      parse(text) {
        const outcome = parseBytes(text)
        if (!outcome.ok || (outcome.value >= min && outcome.value <= max)) return outcome
        return {
          ok: false,
          fixedHint: `it must be from ${formatBytes(min)} to ${formatBytes(max)}`,
        }
      },
      format: formatBytes,
      encode: (value) => (isSize(value) ? formatBytes(value) : undefined),
      schema: () => ({
        type: 'string',
        pattern: '^(0|[1-9][0-9]*)(\\.[0-9]+)?([bB]|[kKmMgGtTpP][iI]?[bB])?$',
      }),
    },
    options,
  )
}

function parseBytes(text: string): Outcome<number> {
  if (text.length > maxLength) return { ok: false }
  const [, whole = '', fraction = '', unit = ''] =
    /^(0|[1-9][0-9]*)(?:\.([0-9]+))?([A-Za-z]*)$/.exec(text) ?? []
  const size = sizeOf.get(unit.toLowerCase())
  if (whole === '' || size === undefined) return refuse(text)
  const [scaled, scale] = [BigInt(whole + fraction) * size, 10n ** BigInt(fraction.length)]
  if (scaled % scale !== 0n) return { ok: false, fixedHint: 'it is not a whole number of bytes' }
  const value = Number(scaled / scale)
  if (!Number.isSafeInteger(value)) return { ok: false, fixedHint: 'it is too large' }
  return { ok: true, value }
}

function refuse(text: string): Refusal {
  if (/\s/.test(text)) return { ok: false, fixedHint: 'write it without white space' }
  if (/^-/.test(text)) return { ok: false, fixedHint: 'it must not be negative' }
  if (/^0[0-9]/.test(text)) return { ok: false, fixedHint: 'remove the leading zeros' }
  const [, number, unit] = /^([0-9]+(?:\.[0-9]+)?)([kmgtp]i?)$/i.exec(text) ?? []
  if (number === undefined) {
    const hasUnit = /^[0-9]+(?:\.[0-9]+)?[A-Za-z]+$/.test(text)
    return { ok: false, fixedHint: hasUnit ? 'units are B, kB, MB, GB, TB, KiB, MiB …' : undefined }
  }
  return { ok: false, hint: `write ${number}${unit}B`, fixedHint: 'the B of the unit is missing' }
}

/** The shortest text that is exact: 1048576 is `1MiB`, 1500 is `1500B`. */
function formatBytes(value: number): string {
  const total = BigInt(value)
  const texts = sizes
    .filter(([, size]) => total % size === 0n && (total > 0n || size === 1n))
    .map(([unit, size]) => `${total / size}${unit}`)
  return texts.reduce((best, text) => (text.length < best.length ? text : best))
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function bound(option: string, value: string | number): number {
  const outcome = typeof value === 'string' ? parseBytes(value) : undefined
  const size = outcome?.ok ? outcome.value : value
  if (isSize(size)) return size
  throw kindCheck('bytes').error(option, "a size such as '10MB', or a number of bytes", value)
}

function rangeText(min: number, max: number): string {
  if (max < Number.MAX_SAFE_INTEGER) return ` from ${formatBytes(min)} to ${formatBytes(max)}`
  return min === 0 ? '' : `, at least ${formatBytes(min)}`
}
