import type { Redaction } from '../redaction/redaction.ts'
import { redacted } from '../redaction/text-names.ts'
import { marker } from '../truncation.ts'
import type { MakePlain } from '../values/plain-maker.ts'

export interface BodyReading {
  readonly maxBytes: number
  readonly redaction: Redaction
  readonly plain: MakePlain
}

/** The beginning of an answer's body, as it passes by on its way to the application. */
export interface AnswerBody {
  /** Adds a part of it, copied as far as there is room. */
  add(chunk: Uint8Array): void
  /** What has come so far, as a redacted string; undefined where there is nothing to show. */
  read(): string | undefined
}

const textual =
  /^(?:text\/|application\/(?:[\w.-]+\+)?(?:json|xml)\b|application\/x-www-form-urlencoded\b)/i
const isJson = /^application\/(?:[\w.-]+\+)?json\b/i
// A compressed body is decompressed to at most this multiple of what is kept of it.
const maxRatio = 32

/** Collects the body of an answer with these headers; undefined where it is not text. */
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
      const bytes = decompressed(Buffer.concat(chunks), coding, maxBytes)
      if (bytes === undefined) return `[${coding}, unreadable]`
      const charset = /;\s*charset="?([\w-]+)/i.exec(type)?.[1] ?? 'utf-8'
      const isWhole = !cut && bytes.length <= maxBytes
      const text = decoded(bytes.subarray(0, maxBytes), charset, isWhole)
      if (text === undefined) return undefined
      return redactedText(text, type, isWhole, reading) + (isWhole ? '' : marker)
    },
  }
}

const codings: ReadonlySet<string> = new Set(['identity', 'gzip', 'x-gzip', 'deflate', 'br'])

/** As much of it as has come: a body can break off in the middle. */
function decompressed(bytes: Buffer, coding: string, maxBytes: number): Buffer | undefined {
  if (coding === 'identity') return bytes
  // Loaded here: few need it, and it would make the start of a process slower.
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
    // As a stream: an incomplete character at the cut is left out.
    const text = new TextDecoder(charset).decode(bytes, { stream: !isWhole })
    return text.includes('\u0000') ? undefined : text
  } catch {
    return undefined
  }
}

function redactedText(text: string, type: string, isWhole: boolean, reading: BodyReading): string {
  const { redaction, plain } = reading
  if (isJson.test(type) && isWhole) {
    try {
      return JSON.stringify(plain(JSON.parse(text), redaction.paths))
    } catch {
      // Not JSON, whatever its type says.
    }
  }
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(type)
  const clean = withoutPairs(isForm ? redaction.query(text) : text, redaction)
  return redaction.text(clean, clean.length)
}

const pair = /("((?:[^"\\]|\\.){1,128})"\s*:\s*)("(?:[^"\\]|\\.)*"?|[[{]|[^\s,}\]]+)/g

/**
 * Text that looks like JSON, or its beginning, without the values of hidden keys. After a hidden
 * value that is an object or an array, the rest is left out.
 */
function withoutPairs(text: string, redaction: Redaction): string {
  let out = ''
  let from = 0
  for (const { 0: whole, 1: before = '', 2: key = '', 3: value = '', index } of text.matchAll(
    pair,
  )) {
    if (!redaction.hides(key)) continue
    out += text.slice(from, index) + before + redacted
    from = index + whole.length
    if (value === '{' || value === '[') return out
  }
  return out + text.slice(from)
}
