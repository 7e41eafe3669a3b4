import { type IsSecret, redactedForm, redactedText, redactedValue } from './redaction.ts'

/** Of a longer body nothing is shown but its type and length: half a JSON text cannot be redacted. */
const maxReadBytes = 64 * 1024

/** What passes through a stream, as far as it can be shown. Nothing is held back. */
export class PassingBody {
  bytes = 0
  private chunks: Buffer[] = []

  add(chunk: unknown, encoding?: unknown): void {
    const isText = typeof chunk === 'string'
    if (!isText && !(chunk instanceof Uint8Array)) return
    const size = isText
      ? Buffer.byteLength(chunk, encodingOf(encoding))
      : (chunk as Uint8Array).byteLength
    this.bytes += size
    if (this.bytes > maxReadBytes) this.chunks = []
    // A copy, since whoever wrote it may use its memory again.
    else if (isText) this.chunks.push(Buffer.from(chunk, encodingOf(encoding)))
    else this.chunks.push(Buffer.from(chunk as Uint8Array))
  }

  /** The text; undefined if it is too long, or not UTF-8. */
  text(): string | undefined {
    if (this.bytes > maxReadBytes) return undefined
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(this.chunks))
    } catch {
      return undefined
    }
  }
}

const encodingOf = (encoding: unknown): BufferEncoding =>
  typeof encoding === 'string' && Buffer.isEncoding(encoding) ? encoding : 'utf8'

export interface Shown {
  readonly isSecret: IsSecret
  readonly maxBytes: number
}

/** A body as a field of a line: redacted, and cut to its bound; named where it says nothing to people. */
export function shownBody(
  body: PassingBody,
  type: string | undefined,
  encoding: string | undefined,
  { isSecret, maxBytes }: Shown,
): unknown {
  const media = (type ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
  const name = (what: string) => `(${[what || 'no type', `${body.bytes} bytes`].join(', ')})`
  if (encoding !== undefined && encoding !== 'identity') return name(`${media} ${encoding}`.trim())
  const isJson = /^application\/(?:[\w.+-]+\+)?json$/.test(media)
  const isForm = media === 'application/x-www-form-urlencoded'
  const isText = /^text\/(?!event-stream)|^application\/(?:[\w.+-]+\+)?xml$/.test(media)
  const text = isJson || isForm || isText ? body.text() : undefined
  if (text === undefined) return name(media.slice(0, 100))
  if (isForm) return cut(redactedForm(text, isSecret), maxBytes)
  if (isJson) {
    try {
      return cut(redactedValue(JSON.parse(text), isSecret), maxBytes)
    } catch {
      // What is no JSON is shown as text.
    }
  }
  return cut(redactedText(text, isSecret), maxBytes)
}

/** The value itself if it is short; otherwise the beginning of its text, marked as such. */
function cut(value: unknown, maxBytes: number): unknown {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  if (Buffer.byteLength(text) <= maxBytes) return value
  const start = new TextDecoder().decode(Buffer.from(text).subarray(0, maxBytes))
  return `${start.replace(/\ufffd+$/, '')}…`
}
