import { quotedEnd, type Value, wordEnd } from './pair-values.ts'
import { redacted, type TextNames } from './text-names.ts'

// Each of these is where something begins that may be a credential. All have bounded lengths.
const beginning =
  /eyJ|-----BEGIN [A-Z0-9 ]{0,32}PRIVATE KEY(?: BLOCK)?-----|\b(?:basic|bearer) |--(?=[a-z])|<(?=[a-z_])|\bpass(?:word|wd) (?=')/gi
const run = /[\w-]*/y
const token68 = /[\w.~+/-]*=*/y
const flag = /[a-z][\w.-]{0,127}/iy
const tag = /(?:[\w-]{1,64}:)?([\w.-]{1,128})(?:\s[^<>]{0,1024})?>/y
const leastToken = 8
const leastSegment = 10

/**
 * A text without what is a credential by its looks, whatever stands around it: JSON Web Tokens,
 * `Bearer …`, `Basic …`, private keys in PEM, `--password …`, `<password>…`, `PASSWORD '…'` of SQL.
 */
export function withoutShapes(text: string, names: TextNames): string {
  let out = ''
  let from = 0
  beginning.lastIndex = 0
  for (let match = beginning.exec(text); match !== null; match = beginning.exec(text)) {
    const [seen] = match
    const value = valueAt(text, match.index, seen, names)
    const at = match.index + seen.length
    if (value === undefined || value.start >= value.end) {
      beginning.lastIndex = seen === 'eyJ' ? matchEnd(run, text, at) : at
      continue
    }
    out += text.slice(from, value.start) + redacted
    from = value.end
    beginning.lastIndex = from
  }
  return from === 0 ? text : out + text.slice(from)
}

function valueAt(text: string, index: number, seen: string, names: TextNames): Value | undefined {
  const start = index + seen.length
  if (seen === 'eyJ') return names.field('jwt') ? tokenAt(text, index) : undefined
  if (seen.startsWith('-----')) return names.field('private_key') ? pemAt(text, start) : undefined
  if (seen === '--') return flagAt(text, start, names)
  if (seen === '<') return elementAt(text, start, names)
  if (seen.toLowerCase().startsWith('pass')) {
    return names.field('password') ? quotedAt(text, start) : undefined
  }
  return names.field('authorization') ? schemeAt(text, start) : undefined
}

/** Three segments, or five where it is encrypted. The first is the JSON of a header. */
function tokenAt(text: string, start: number): Value | undefined {
  if (isWord(text[start - 1])) return undefined
  const header = matchEnd(run, text, start)
  if (header - start < leastSegment || text[header] !== '.') return undefined
  let end = header
  let segments = 1
  while (segments < 5 && text[end] === '.') {
    end = matchEnd(run, text, end + 1)
    segments++
  }
  return segments === 3 || segments === 5 ? { start, end } : undefined
}

function pemAt(text: string, start: number): Value {
  const end = text.indexOf('-----END', start)
  if (end !== -1) return { start, end }
  // It is cut off. In the message of an error the stack follows.
  const stack = text.indexOf('\n    at ', start)
  return { start, end: stack === -1 ? text.length : stack }
}

/** Behind `Bearer`: a token, and not a word of a sentence. */
function schemeAt(text: string, start: number): Value | undefined {
  const end = matchEnd(token68, text, start)
  const last = text[end - 1] === '.' ? end - 1 : end
  if (last - start < leastToken) return undefined
  const isWordOfText = /^(?:[A-Za-z]?[a-z-]+|[A-Z-]+)$/.test(text.slice(start, last))
  return isWordOfText ? undefined : { start, end: last }
}

/** Behind `--`: the name of a credential, and what stands behind it as a word of its own. */
function flagAt(text: string, start: number, names: TextNames): Value | undefined {
  const end = matchEnd(flag, text, start)
  const value = end + 1
  const first = text[value] ?? ' '
  if (text[end] !== ' ' || first <= ' ' || first === '-') return undefined
  if (!names.field(text.slice(start, end))) return undefined
  if (first === '"' || first === "'") return quotedAt(text, value)
  const word = text.slice(value, wordEnd(text, value, '"\'`'))
  // In a sentence.
  if (/^(?:and|is|or|was|must|may|to|cannot|requires?)$/.test(word)) return undefined
  return { start: value, end: value + word.length }
}

/** Behind `<`: the text of an element. */
function elementAt(text: string, start: number, names: TextNames): Value | undefined {
  tag.lastIndex = start
  const [all = '', name = ''] = tag.exec(text) ?? []
  if (all.length === 0 || all.endsWith('/>') || !names.field(name)) return undefined
  const end = text.indexOf('<', start + all.length)
  return { start: start + all.length, end: end === -1 ? text.length : end }
}

const quotedAt = (text: string, quote: number): Value => ({
  start: quote + 1,
  end: quotedEnd(text, quote, 0),
})

function matchEnd(pattern: RegExp, text: string, start: number): number {
  pattern.lastIndex = start
  return start + (pattern.exec(text)?.[0].length ?? 0)
}

const isWord = (character: string | undefined) => character !== undefined && /[\w-]/.test(character)
