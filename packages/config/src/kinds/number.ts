import { wrongOption } from '../errors.ts'
import {
  type Kind,
  kindOf,
  noOptions,
  type Outcome,
  onlyOptions,
  type VariableOptions,
} from '../kind.ts'

/** Options of {@link number}. */
export interface NumberOptions extends VariableOptions {
  readonly default?: number | string
  /** Smallest value. */
  readonly min?: number
  /** Largest value. */
  readonly max?: number
}

/** Options of {@link integer}. */
export interface IntegerOptions extends VariableOptions {
  readonly default?: number | string
  /** Smallest value. @defaultValue `Number.MIN_SAFE_INTEGER` */
  readonly min?: number
  /** Largest value. @defaultValue `Number.MAX_SAFE_INTEGER` */
  readonly max?: number
  /** Take `0x1f`, `0o17` and `0b101` as well. @defaultValue false */
  readonly radixPrefix?: boolean
}

const decimal = /^-?(?:0|[1-9][0-9]*)$/
const anyRadix = '^-?(0|[1-9][0-9]*|0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+)$'
const prefixed = /^-?0(?:x[0-9a-f]+|o[0-7]+|b[01]+)$/i
const json = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?$/i
/** More digits than any number needs: a megabyte of them is not worth reading. */
const maxDigits = 1100

/** A whole number in decimal, without leading zeros, within ±(2^53 − 1). */
export function integer(options: IntegerOptions = noOptions): Kind<number> {
  if (options !== noOptions) onlyOptions('integer', options, ['min', 'max', 'radixPrefix'])
  const { min, max, radixPrefix = false } = options
  if (min !== undefined || max !== undefined) {
    checkBounds('integer', min, max, Number.isSafeInteger, 'a safe integer')
  }
  if (typeof radixPrefix !== 'boolean') {
    throw wrongOption('config.integer', 'radixPrefix', 'true or false', radixPrefix)
  }
  return kindOf(
    {
      type: 'integer',
      expected: () => `an integer${rangeText(min, max)}`,
      parse(text) {
        const value = Number(text)
        // What reads back as itself needs no closer look.
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

/** `-0`, `0x1f`, or a mistake. */
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

/** A finite number as JSON writes it: `1`, `-0.5`, `1e-3`. */
export function number(options: NumberOptions = noOptions): Kind<number> {
  if (options !== noOptions) onlyOptions('number', options, ['min', 'max'])
  const { min, max } = options
  if (min !== undefined || max !== undefined) {
    checkBounds('number', min, max, Number.isFinite, 'a finite number')
  }
  return kindOf(
    {
      type: 'number',
      expected: () => `a number${rangeText(min, max)}`,
      parse(text) {
        if (text.length > maxDigits) return { ok: false }
        const value = Number(text)
        const plain = String(value) === text && Number.isFinite(value)
        if (!plain && !json.test(text)) return { ok: false, fixedHint: numberHint(text, false) }
        const lost = value === 0 && /[1-9]/.test(text.split(/e/i, 1)[0] ?? '')
        if (lost) return { ok: false, fixedHint: 'it is too small to be told from 0' }
        return Number.isFinite(value) ? bounded(value + 0, min, max) : { ok: false }
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
  type: string,
  min: number | undefined,
  max: number | undefined,
  fits: (value: unknown) => boolean,
  must: string,
): void {
  if (min !== undefined && !fits(min)) throw wrongOption(`config.${type}`, 'min', must, min)
  if (max !== undefined && !fits(max)) throw wrongOption(`config.${type}`, 'max', must, max)
  if (min !== undefined && max !== undefined && min > max) {
    throw wrongOption(`config.${type}`, 'max', `at least min (${min})`, max)
  }
}
