import { nameBeside } from './named-values.ts'
import { type Name, nameBefore } from './pair-names.ts'
import { isLineEnd, lineEnd, quotedEnd, structureEnd, type Value, wordEnd } from './pair-values.ts'
import { decoded, redacted, type TextNames } from './text-names.ts'

const sign = /[=:]/g
const maxSpaces = 8
const maxForm = 4096

/**
 * A text without what follows the names of credentials: `?token=…`, `a=1;token=…`, `"token":"…"`,
 * also within a string of JSON, `Authorization: …`. Each sign is looked at once, and names have a
 * bounded length, so that it takes linear time.
 */
export function withoutPairs(text: string, names: TextNames): string {
  let out = ''
  let from = 0
  for (let at = nextSign(text, 0); at !== -1; at = nextSign(text, Math.max(at + 1, from))) {
    const name = nameBefore(text, at, from)
    if (name === undefined) continue
    const value = text[at] === '=' ? assigned(text, at, name, names) : told(text, at, name, names)
    if (value === undefined || value.start === value.end) continue
    if (isSpared(text.slice(value.start, value.end), name, names)) continue
    out += text.slice(from, value.start) + redacted
    from = value.end
  }
  return from === 0 ? text : out + text.slice(from)
}

function nextSign(text: string, from: number): number {
  sign.lastIndex = from
  return sign.exec(text)?.index ?? -1
}

/** Behind `=`. */
function assigned(text: string, at: number, name: Name, names: TextNames): Value | undefined {
  const before = text[name.start - 1] ?? ''
  const isInQuery = before === '?' || before === '&' || before === '#'
  if (!isHidden(name, isInQuery || isInForm(text, at, name) ? names.parameter : names.field)) {
    return undefined
  }
  let start = at + 1
  while ('=>~'.includes(text[start] ?? ' ')) start++
  start = pastSpaces(text, start)
  const inner = within(text, start)
  if (inner !== undefined) return inner
  if (isInQuery) return { start, end: wordEnd(text, start, '&#"<>`\\') }
  const last = text[lastBefore(text, name.start)] ?? ''
  if (last === ';' || last === ',') return { start, end: lineEnd(text, start, `${last}"`) }
  const end = wordEnd(text, start, before === "'" ? '&;"`\'' : '&;"`')
  const isWhole = heads.test(name.text) || schemes.test(text.slice(start, end))
  return { start, end: isWhole ? lineEnd(text, start, '"`') : end }
}

/** Names of headers, and what may stand in front of a token. */
const heads = /authorization|cookie/i
const schemes = /^(?:apikey|aws4-hmac-sha256|basic|bearer|digest|negotiate|ntlm|token)$/i

/** A form has no sign in front of its first name. */
function isInForm(text: string, at: number, name: Name): boolean {
  if (name.start !== 0 || name.isQuoted) return false
  const part = text.slice(at, at + maxForm)
  const end = part.search(/[&\s]/)
  return end !== -1 && part[end] === '&'
}

/** Behind `:`. */
function told(text: string, at: number, name: Name, names: TextNames): Value | undefined {
  // A scheme; a path, as in `src/token.ts:12`.
  const before = text[name.start - 1] ?? ''
  const isPlain = !name.isQuoted
  if (isPlain && (before === '/' || before === '\\' || text.startsWith('//', at + 1))) {
    if (!isLineBreak(text, name.start) || text.startsWith('//', at + 1)) return undefined
  }
  const start = pastSpaces(text, at + 1)
  const inner = within(text, start)
  if (!isHidden(name, names.field)) {
    const beside = inner && nameBeside(text, name, inner.end)
    return beside !== undefined && names.field(beside) ? inner : undefined
  }
  if (inner !== undefined) return inner
  if (!isPlain) return { start, end: wordEnd(text, start, ',}]"\'') }
  const word = wordEnd(text, start, '"`')
  if (start === at + 1 && /^\d{1,5}(?!\w)/.test(text.slice(start, start + 6))) {
    // The port of a host, or a position in a file.
    return shortSecrets.test(name.text) && !name.text.includes('.')
      ? { start, end: wordEnd(text, start, ':,;"`') }
      : undefined
  }
  const last = lastBefore(text, name.start)
  const isStart = last === -1 || '\n\r{[(,;"\'`'.includes(text[last] ?? '')
  if (
    isStart ||
    heads.test(name.text) ||
    name.text.includes('-') ||
    isLineBreak(text, name.start)
  ) {
    return { start, end: lineEnd(text, start, before === "'" ? '\\"`\'' : '\\"`') }
  }
  // In a sentence: `invalid token: eyJ… of ann`, but not `invalid password: must have 8 characters`.
  const isSaid = /^[A-Z]?[a-z]+,?$/.test(text.slice(start, word))
  const isLast = isLineEnd(text, word)
  return isSaid && !isLast ? undefined : { start, end: word }
}

const shortSecrets = /pass|pwd|pin|otp|cvc|cvv|secret/i

/** Something in quotes or brackets. */
function within(text: string, start: number): Value | undefined {
  let quote = start
  while (text[quote] === '\\') quote++
  const first = text[quote] ?? ' '
  if (`"'\``.includes(first)) {
    return { start: quote + 1, end: quotedEnd(text, quote, quote - start) }
  }
  if (quote === start && (first === '{' || first === '[')) {
    return { start, end: structureEnd(text, start) }
  }
  return undefined
}

/** A line break that is written as `\n`, which makes its `n` look like the beginning of a name. */
function isLineBreak(text: string, start: number): boolean {
  return text[start - 1] === '\\' && 'nr'.includes(text[start] ?? ' ')
}

/** The last character in front of a name that is no space; -1 at the beginning. */
function lastBefore(text: string, start: number): number {
  let at = start - 1
  const least = Math.max(-1, at - maxSpaces)
  while (at > least && (text[at] === ' ' || text[at] === '\t')) at--
  return at
}

function pastSpaces(text: string, start: number): number {
  let at = start
  while (at - start < maxSpaces && (text[at] === ' ' || text[at] === '\t')) at++
  return at
}

/** `token`, `token[]`, `user[password]`, `user.password`. */
function isHidden({ text, isQuoted }: Name, hides: (name: string) => boolean): boolean {
  if (hides(text)) return true
  if (isQuoted) return false
  const name = decoded(text)
  return (name !== text && hides(name)) || (/[[.]/.test(name) && name.split(/[[\].]/).some(hides))
}

function isSpared(value: string, { text }: Name, names: TextNames): boolean {
  return /^\d{1,15}$/.test(value) && names.spares(text, Number(value))
}
