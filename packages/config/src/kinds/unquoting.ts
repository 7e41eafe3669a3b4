import { plain } from '../text/quote.ts'

const maxCompared = 4096

/**
 * A message, without the value that valibot and arktype append to it. `undefined` if it quotes, or
 * may quote, a part of the value.
 */
export function unquoting(message: string, value: string): string | undefined {
  if (value.length > maxCompared) return undefined
  const words = message
    .slice(0, maxCompared)
    .replace(/[:,]?\s(?:\(was|but received|received)\b.*$/is, '')
  return /\w/.test(words) && !quotes(words, value) ? plain(words, 200) : undefined
}

/**
 * Whether a message contains a word or a number of the value, or a part of one, in any case and any
 * escape. Short ones must match a whole word: every message contains an `a`.
 */
function quotes(message: string, value: string): boolean {
  const text = simplified(message)
  const [words, parts] = [wordsOf(text), wordsOf(simplified(value))]
  const whole = parts.join('')
  return (
    parts.some((part) => (part.length < 3 ? words.includes(part) : text.includes(part))) ||
    words.some((word) => word.length > 2 && whole.includes(word)) ||
    (parts.length === 0 && text.includes(value.trim()))
  )
}

/** Without case, variants of letters, and the escapes of JSON and URLs. */
function simplified(text: string): string {
  return text
    .replace(/(?:\\+(?:u00|x)|%)([0-9a-f]{2})/gi, (_, code) =>
      String.fromCharCode(parseInt(code, 16)),
    )
    .replace(/\\+u([0-9a-f]{4})/gi, (_, code) => String.fromCharCode(parseInt(code, 16)))
    .replace(/\\+[bfnrt0]/g, ' ')
    .normalize('NFKC')
    .toLowerCase()
}

const wordsOf = (text: string): readonly string[] => text.match(/[\p{L}\p{M}\p{N}]+/gu) ?? []
