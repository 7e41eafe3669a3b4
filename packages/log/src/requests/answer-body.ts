import { MARKER } from '../formats/text.ts'
import type { PathRules } from '../redaction/path-rules.ts'
import type { Redaction } from '../redaction/redaction.ts'
import { REDACTED } from '../redaction/url-redaction.ts'
import type { Plain } from '../values/plain.ts'

export interface BodyReading {
  readonly maxBytes: number
  readonly redaction: Redaction
  readonly plain: (value: unknown, rules?: PathRules) => Plain
}

/** The beginning of an answer's body, as it passes by on its way to the application. */
export interface AnswerBody {
  /** A part of it, which is copied as far as it is wanted. */
  add(chunk: Uint8Array): void
  /** What has come so far, as text, redacted; undefined where there is nothing to show. */
  read(): string | undefined
}

const textual =
  /^(?:text\/|application\/(?:[\w.-]+\+)?(?:json|xml)\b|application\/x-www-form-urlencoded\b)/i
const isJson = /^application\/(?:[\w.-]+\+)?json\b/i
// Compressed text is read to this multiple of what is kept of it.
const maxRatio = 32

/** Collects the body of an answer with these headers, or undefined where it is no text. */
export function collectBody(
  headers: ReadonlyMap<string, string>,
  reading: BodyReading,
): AnswerBody | undefined {
  const type = headers.get('content-type') ?? ''
  const coding = (headers.get('content-encoding') ?? 'identity').toLowerCase()
  if ((type !== '' && !textual.test(type)) || !codings.has(coding)) return undefined
  const { maxBytes } = reading
  const chunks: Buffer[] = []
  let size = 0
  let cut = false
  return {
    add(chunk) {
      const room = maxBytes - size
      if (chunk.length > room) cut = true
      if (room <= 0) return
      // A copy: the chunk is a view of a larger piece of memory, which it would keep alive.
      chunks.push(Buffer.from(chunk.subarray(0, room)))
      size += Math.min(chunk.length, room)
    },
    read() {
      if (size === 0) return undefined
      const bytes = unpacked(Buffer.concat(chunks), coding, maxBytes)
      if (bytes === undefined) return `[${coding}, unreadable]`
      const charset = /;\s*charset="?([\w-]+)/i.exec(type)?.[1] ?? 'utf-8'
      const isWhole = !cut && bytes.length <= maxBytes
      const text = decoded(bytes.subarray(0, maxBytes), charset, isWhole)
      if (text === undefined) return undefined
      return redacted(text, type, isWhole, reading) + (isWhole ? '' : MARKER)
    },
  }
}

const codings: ReadonlySet<string> = new Set(['identity', 'gzip', 'x-gzip', 'deflate', 'br'])

/** As much of it as is there: a body can be cut in the middle. */
function unpacked(bytes: Buffer, coding: string, maxBytes: number): Buffer | undefined {
  if (coding === 'identity') return bytes
  // Looked up here: few need it, and it costs a process some of its start.
  const zlib = process.getBuiltinModule('node:zlib')
  const maxOutputLength = maxBytes * maxRatio
  const { Z_SYNC_FLUSH, BROTLI_OPERATION_FLUSH } = zlib.constants
  const finishFlush = coding === 'br' ? BROTLI_OPERATION_FLUSH : Z_SYNC_FLUSH
  const options = { finishFlush, maxOutputLength }
  try {
    if (coding === 'br') return zlib.brotliDecompressSync(bytes, options)
    // Some servers send deflate without its header.
    if (coding === 'deflate' && ((bytes[0] ?? 0) & 0x0f) !== 8) {
      return zlib.inflateRawSync(bytes, options)
    }
    return zlib.unzipSync(bytes, options)
  } catch {
    return undefined
  }
}

function decoded(bytes: Buffer, charset: string, isWhole: boolean): string | undefined {
  try {
    // As a stream: half a character at a cut is left out.
    const text = new TextDecoder(charset).decode(bytes, { stream: !isWhole })
    return text.includes('\u0000') ? undefined : text
  } catch {
    return undefined
  }
}

function redacted(text: string, type: string, isWhole: boolean, reading: BodyReading): string {
  const { redaction, plain } = reading
  if (isJson.test(type) && isWhole) {
    try {
      return JSON.stringify(plain(JSON.parse(text), redaction.paths))
    } catch {
      // Not what it says it is.
    }
  }
  return withoutPairs(
    /^application\/x-www-form-urlencoded\b/i.test(type) ? redaction.query(text) : text,
    redaction,
  )
}

const pair = /("((?:[^"\\]|\\.){1,128})"\s*:\s*)("(?:[^"\\]|\\.)*"?|[[{]|[^\s,}\]]+)/g

/** What looks like JSON, or is the beginning of it: the values of hidden keys. Behind one that is no plain value, nothing is sure. */
function withoutPairs(text: string, redaction: Redaction): string {
  let out = ''
  let from = 0
  for (const { 0: whole, 1: before = '', 2: key = '', 3: value = '', index } of text.matchAll(
    pair,
  )) {
    if (!redaction.hides(key)) continue
    out += text.slice(from, index) + before + REDACTED
    from = index + whole.length
    if (value === '{' || value === '[') return out
  }
  return out + text.slice(from)
}
