import type { Outcome } from '../declaration/grammar.ts'
import type { Kind, VariableOptions } from '../declaration/kind.ts'
import type { ConfigCheck } from '../declaration/mistakes.ts'
import { kindCheck, kindOf, noOptions } from '../declaration/variable-kind.ts'
import { keepsDigits } from '../text/decimal.ts'

/** Options of {@link number}. */
export interface NumberOptions extends VariableOptions {
  readonly default?: number | string
  /** The smallest value. @defaultValue none */
  readonly min?: number
  /** The largest value. @defaultValue none */
  readonly max?: number
}

/** Options of {@link integer}. */
export interface IntegerOptions extends VariableOptions {
  readonly default?: number | string
  /** The smallest value. @defaultValue `Number.MIN_SAFE_INTEGER` */
  readonly min?: number
  /** The largest value. @defaultValue `Number.MAX_SAFE_INTEGER` */
  readonly max?: number
  /** Also accept `0x1f`, `0o17` and `0b101`. @defaultValue false */
  readonly radixPrefix?: boolean
}

const decimal = /^-?(?:0|[1-9][0-9]*)$/
const anyRadix = '^-?(0|[1-9][0-9]*|0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+)$'
const prefixed = /^-?0(?:x[0-9a-f]+|o[0-7]+|b[01]+)$/i
const json = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?$/i
/** More digits than any number needs; saves reading a megabyte of them. */
const maxDigits = 1100

/** A kind for integers in decimal, without leading zeros, within ±(2^53 − 1). */
export function integer(options: IntegerOptions = noOptions): Kind<number> {
  if (options !== noOptions) checkIntegerOptions(options)
  const { min, max, radixPrefix = false } = options
  return kindOf(
    {
      type: 'integer',
      expected: () => `an integer${rangeText(min, max)}`,
      parse(text) {
        const value = Number(text)
        // A text in the canonical form needs no further check.
        if (String(value) === text && Number.isSafeInteger(value)) return bounded(value, min, max)
        return unusualInteger(text, radixPrefix, min, max)
      },
      format: String,
      encode: numberText,
      schema: () => ({ type: 'string', pattern: radixPrefix ? anyRadix : decimal.source }),
    },
    options,
  )
}

function checkIntegerOptions(options: IntegerOptions): void {
  const check = kindCheck('integer')
  check.options('options', options, ['default', 'name', 'min', 'max', 'radixPrefix'])
  checkBounds(check, options, Number.isSafeInteger, 'a safe integer')
  const { radixPrefix } = options
  if (radixPrefix !== undefined) check.boolean('radixPrefix', radixPrefix)
}

/** `-0`, `0x1f`, or an invalid text. */
function unusualInteger(
  text: string,
  radixPrefix: boolean,
  min: number | undefined,
  max: number | undefined,
): Outcome<number> {
  if (text.length > maxDigits) return { ok: false }
  const matches = decimal.test(text) || (radixPrefix && prefixed.test(text))
  if (!matches) return { ok: false, fixedHint: numberHint(text, radixPrefix) }
  const magnitude = Number(text.replace('-', ''))
  if (!Number.isSafeInteger(magnitude)) return { ok: false }
  // + 0 turns -0 into 0.
  return bounded(text.startsWith('-') ? -magnitude + 0 : magnitude, min, max)
}

/**
 * A kind for finite numbers in the syntax of JSON: `1`, `-0.5`, `1e-3`. One with more digits than a
 * number can keep (12345678901234567890) is refused.
 */
export function number(options: NumberOptions = noOptions): Kind<number> {
  if (options !== noOptions) {
    const check = kindCheck('number')
    check.options('options', options, ['default', 'name', 'min', 'max'])
    checkBounds(check, options, Number.isFinite, 'a finite number')
  }
  const { min, max } = options
  return kindOf(
    {
      type: 'number',
      expected: () => `a number${rangeText(min, max)}`,
      parse(text) {
        if (text.length > maxDigits) return { ok: false }
        const value = Number(text)
        const plain = String(value) === text && Number.isFinite(value)
        if (!plain && !json.test(text)) return { ok: false, fixedHint: numberHint(text, false) }
        if (!Number.isFinite(value)) return { ok: false }
        if (!plain && !keepsDigits(text, value)) return { ok: false, fixedHint: lostHint(value) }
        return bounded(value + 0, min, max)
      },
      format: String,
      encode: numberText,
      schema: () => ({
        type: 'string',
        pattern: '^-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?$',
      }),
    },
    options,
  )
}

function lostHint(value: number): string {
  return value === 0
    ? 'it is too small to be distinguished from 0'
    : 'it has more digits than a number can keep (about 16)'
}

function bounded(value: number, min = value, max = value): Outcome<number> {
  return value >= min && value <= max ? { ok: true, value } : { ok: false }
}

function numberText(value: unknown): string | undefined {
  return typeof value === 'number' ? String(value) : undefined
}

function numberHint(text: string, radixPrefix: boolean): string | undefined {
  const trimmed = text.trim()
  if (trimmed === '') return 'it is only white space'
  if (json.test(trimmed) && trimmed !== text) return 'remove the white space around it'
  if (/^-?0[0-9]+$/.test(text)) return 'remove the leading zeros'
  if (/^\+/.test(text)) return 'remove the +'
  if (prefixed.test(text) && !radixPrefix) return 'write it in decimal'
  if (/^-?[0-9]{1,3}(?:[,_' ][0-9]{3})+$/.test(text)) return 'write it without separators'
  return undefined
}

function rangeText(min: number | undefined, max: number | undefined): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`
  if (min !== undefined) return `, at least ${min}`
  return max === undefined ? '' : `, at most ${max}`
}

function checkBounds(
  check: ConfigCheck,
  { min, max }: NumberOptions,
  isValid: (value: unknown) => boolean,
  expected: string,
): void {
  if (min !== undefined && !isValid(min)) throw check.error('min', expected, min)
  if (max === undefined) return
  if (!isValid(max)) throw check.error('max', expected, max)
  if (min !== undefined && max < min) {
    throw check.error('max', `${expected} of at least ${min}`, max)
  }
}
