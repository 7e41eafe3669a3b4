import type { Outcome, TextSchema } from '../declaration/grammar.ts'
import type { Kind, VariableOptions } from '../declaration/kind.ts'
import { kindCheck, kindOf, noOptions } from '../declaration/variable-kind.ts'
import { counted } from '../text/quote.ts'

/** Options of {@link string}. */
export interface StringOptions extends VariableOptions {
  readonly default?: string
  /** The minimum length in characters (code points; an integer, at least 0). @defaultValue none */
  readonly min?: number
  /**
   * The maximum length in characters (code points; an integer, at least `min`).
   * @defaultValue none
   */
  readonly max?: number
  /** The string must match it. Anchor it (`^…$`) to match the whole string. @defaultValue none */
  readonly pattern?: RegExp
  /** Whether an empty string is a value. @defaultValue false: it counts as unset */
  readonly allowEmpty?: boolean
}

/** A kind for strings. Nothing is trimmed. */
export function string(options: StringOptions = noOptions): Kind<string> {
  if (options !== noOptions) checkOptions(options)
  const { min, max, pattern } = options
  const matcher = pattern && matcherOf(pattern)
  return kindOf(
    {
      type: 'string',
      expected: () => expectedText(min, max, matcher),
      parse: (text) => parseText(text, min, max, matcher),
      format: String,
      encode: () => undefined,
      schema: () => textSchema(min, max, matcher),
    },
    options,
  )
}

function parseText(
  text: string,
  min: number | undefined,
  max: number | undefined,
  matcher: RegExp | undefined,
): Outcome<string> {
  if (text.includes('\0')) return { ok: false, fixedHint: 'it contains a NUL character' }
  const limited = min !== undefined || max !== undefined
  if ((limited && !fits(text, min, max)) || matcher?.test(text) === false) return { ok: false }
  return { ok: true, value: text }
}

/** With the flags g or y, test() is stateful: the same text would match only every other time. */
function matcherOf(pattern: RegExp): RegExp {
  return new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''))
}

function textSchema(min?: number, max?: number, matcher?: RegExp): TextSchema {
  return {
    type: 'string',
    ...(min === undefined ? {} : { minLength: min }),
    ...(max === undefined ? {} : { maxLength: max }),
    ...(matcher && isPattern(matcher) ? { pattern: matcher.source } : {}),
  }
}

/**
 * JSON Schema has no flags, and its regular expressions have the stricter syntax of the flag `u`.
 */
function isPattern({ source, flags }: RegExp): boolean {
  if (!/^u?$/.test(flags)) return false
  try {
    return new RegExp(source, 'u') !== undefined
  } catch {
    return false
  }
}

function checkOptions(options: StringOptions): void {
  const check = kindCheck('string')
  check.options('options', options, ['default', 'name', 'min', 'max', 'pattern', 'allowEmpty'])
  const { min, max, pattern } = options
  if (min !== undefined) check.integer('min', min, { min: 0 })
  if (max !== undefined) check.integer('max', max, { min: min ?? 0 })
  if (pattern !== undefined && Object.prototype.toString.call(pattern) !== '[object RegExp]') {
    throw check.error('pattern', 'a RegExp', pattern)
  }
}

function fits(text: string, min = 0, max = Number.POSITIVE_INFINITY): boolean {
  if (text.length < min || text.length > max * 2) return false
  if (min === 0 && text.length <= max) return true
  let count = 0
  for (const _ of text) count++
  return count >= min && count <= max
}

function expectedText(min?: number, max?: number, matcher?: RegExp): string {
  return `a string${lengthText(min, max)}${matcher ? ` that matches ${matcher}` : ''}`
}

function lengthText(min: number | undefined, max: number | undefined): string {
  if (min !== undefined && max !== undefined) return ` of ${min} to ${max} characters`
  if (min !== undefined) return ` of at least ${counted(min, 'character')}`
  return max === undefined ? '' : ` of at most ${counted(max, 'character')}`
}
