/** Up to so many significant digits, no number loses any. */
const safeDigits = 15
/** `toPrecision` gives no more. */
const maxPrecision = 100

/**
 * Whether a number in the syntax of JSON has all the digits of its text: not if
 * 12345678901234567890 becomes 12345678901234567000, or `1e-400` becomes 0. `0.1` has all of them:
 * the number, written with as many digits, is the text.
 */
export function keepsDigits(text: string, value: number): boolean {
  const wanted = significantDigits(text)
  if (wanted === '') return true
  if (value === 0) return false
  if (wanted.length <= safeDigits) return true
  return (
    wanted.length <= maxPrecision &&
    (significantDigits(value.toPrecision(wanted.length)) === wanted ||
      significantDigits(String(value)) === wanted)
  )
}

/** Without the sign, the point, the exponent, and zeros at either end. */
function significantDigits(text: string): string {
  const [mantissa = ''] = text.split(/e/i, 1)
  const digits = mantissa.replace(/[-.]/g, '')
  let start = 0
  while (digits[start] === '0') start++
  let end = digits.length
  while (end > start && digits[end - 1] === '0') end--
  return digits.slice(start, end)
}

/**
 * Whether each number of a valid JSON text keeps its digits. Reads character by character: `JSON`
 * tells the text of a number only since Node 21.
 */
export function jsonKeepsDigits(json: string): boolean {
  let index = 0
  while (index < json.length) {
    const character = json[index] ?? ''
    if (character === '"') index = endOfString(json, index)
    else if (character === '-' || isDigit(character)) {
      const start = index
      while (index < json.length && '+-.eE0123456789'.includes(json[index] ?? '')) index++
      const text = json.slice(start, index)
      if (!keepsDigits(text, Number(text))) return false
    } else index++
  }
  return true
}

function endOfString(json: string, start: number): number {
  let index = start + 1
  while (index < json.length && json[index] !== '"') index += json[index] === '\\' ? 2 : 1
  return index + 1
}

const isDigit = (character: string) => character >= '0' && character <= '9'
