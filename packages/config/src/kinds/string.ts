import { counted } from '../display.ts'
import { wrongOption } from '../errors.ts'
import {
  type Kind,
  kindOf,
  noOptions,
  type Outcome,
  onlyOptions,
  type TextSchema,
  type VariableOptions,
} from '../kind.ts'

/** Options of {@link string}. */
export interface StringOptions extends VariableOptions {
  readonly default?: string
  /** Shortest text, in characters (code points). */
  readonly min?: number
  /** Longest text, in characters (code points). */
  readonly max?: number
  /** The text must match. Anchor it (`^…$`) to match the whole text. */
  readonly pattern?: RegExp
  /** An empty text is a value. @defaultValue false: empty counts as unset */
  readonly allowEmpty?: boolean
}

/** A text, as it is: nothing is trimmed. */
export function string(options: StringOptions = noOptions): Kind<string> {
  if (options !== noOptions) onlyOptions('string', options, ['min', 'max', 'pattern', 'allowEmpty'])
  const { min, max, pattern } = options
  if (min !== undefined || max !== undefined) checkLengths(min, max)
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
  if (text.includes('\0')) return { ok: false, fixedHint: 'it has a NUL character' }
  const limited = min !== undefined || max !== undefined
  if ((limited && !fits(text, min, max)) || matcher?.test(text) === false) return { ok: false }
  return { ok: true, value: text }
}

/** With g or y, test() remembers where it stopped: the same text would match only every other time. */
function matcherOf(pattern: RegExp): RegExp {
  if (Object.prototype.toString.call(pattern) !== '[object RegExp]') {
    throw wrongOption('config.string', 'pattern', 'a regular expression', pattern)
  }
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

/** JSON Schema has no flags, and its regular expressions are those of the flag `u`, which refuses what others let pass. */
function isPattern({ source, flags }: RegExp): boolean {
  if (!/^u?$/.test(flags)) return false
  try {
    return new RegExp(source, 'u') !== undefined
  } catch {
    return false
  }
}

function checkLengths(min: number | undefined, max: number | undefined): void {
  checkLength('min', min)
  checkLength('max', max)
  if (min !== undefined && max !== undefined && min > max) {
    throw wrongOption('config.string', 'max', `at least min (${min})`, max)
  }
}

function checkLength(option: string, value: number | undefined): void {
  if (value !== undefined && !(Number.isInteger(value) && value >= 0)) {
    throw wrongOption('config.string', option, 'an integer, at least 0', value)
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
  return `a text${lengthText(min, max)}${matcher ? ` that matches ${matcher}` : ''}`
}

function lengthText(min: number | undefined, max: number | undefined): string {
  if (min !== undefined && max !== undefined) return ` of ${min} to ${max} characters`
  if (min !== undefined) return ` of at least ${counted(min, 'character')}`
  return max === undefined ? '' : ` of at most ${counted(max, 'character')}`
}
