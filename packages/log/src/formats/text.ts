const lineBreaks: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\r': '\\r',
  '\u2028': '\\u2028',
  '\u2029': '\\u2029',
}

/**
 * What a format function returns, as one line: line breaks in it are escaped, except one at its
 * end.
 */
export function oneLine(text: string): string {
  const line = text.endsWith('\n') ? text.slice(0, text.endsWith('\r\n') ? -2 : -1) : text
  return `${line.replace(/[\n\r\u2028\u2029]/g, (unit) => lineBreaks[unit] ?? '')}\n`
}

function unicodeEscape(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}

// A second is formatted once; toISOString costs more than the rest of a line.
let second = Number.NaN
let prefix = ''

/** RFC 3339 in UTC with milliseconds. */
export function isoTime(timeMs: number): string {
  const floor = Math.floor(timeMs / 1000)
  if (floor !== second) {
    prefix = new Date(floor * 1000).toISOString().slice(0, 20)
    second = floor
  }
  const ms = timeMs - floor * 1000
  return `${prefix}${ms < 10 ? '00' : ms < 100 ? '0' : ''}${ms}Z`
}

const unsafe = /[\u0000-\u001f"\\\u007f-\u009f\u2028\u2029\ud800-\udfff]/

/** `text` as a JSON string: valid whatever is in it, lone surrogates too. */
export function quoted(text: string): string {
  const length = text.length
  if (length > 40) return unsafe.test(text) ? stringify(text) : `"${text}"`
  for (let i = 0; i < length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x20 || unit === 0x22 || unit === 0x5c || unit > 0x7e) return stringify(text)
  }
  return `"${text}"`
}

// What JSON may contain, and still ends a line for some reader.
const lineBreaking = /[\u007f-\u009f\u2028\u2029]/g
const breaksLines = /[\u007f-\u009f\u2028\u2029]/

/** JSON of something plain, on one line for every reader that splits lines. */
export function stringify(plain: unknown): string {
  const text = JSON.stringify(plain)
  return breaksLines.test(text) ? text.replace(lineBreaking, unicodeEscape) : text
}
