import type { Entry } from '../line/entry.ts'
import { cut, marker } from '../truncation.ts'
import type { Plain } from '../values/plain-value.ts'
import type { Encoding } from './encoding.ts'
import { fieldsOf, messageOf } from './entries.ts'
import { fit } from './fitting.ts'

/** Makes a line of an entry whose message and fields are given, plain. */
export type Render = (entry: Entry, msg: string, fields: ReadonlyMap<string, Plain>) => string

const maxAttempts = 6
const maxNames = 256
/** The message among the values of a line. No field has this name. */
export const msgKey = '\u0000msg'

/** Whether a line is too long. Bytes are only counted where they decide. */
export function isLong(line: string, { maxLineBytes }: Encoding): boolean {
  const { length } = line
  if (length * 3 <= maxLineBytes) return false
  return length > maxLineBytes || Buffer.byteLength(line) > maxLineBytes
}

/** Lines of a format, none of which is longer than `maxLineBytes`. */
export function createBounded(encoding: Encoding, render: Render): (entry: Entry) => string {
  return (entry) => {
    const msg = messageOf(entry, encoding)
    const fields = fieldsOf(entry, encoding)
    const line = render(entry, msg, fields)
    return isLong(line, encoding) ? shorter(line, { entry, msg, fields }, encoding, render) : line
  }
}

interface Parts {
  readonly entry: Entry
  readonly msg: string
  readonly fields: ReadonlyMap<string, Plain>
}

/**
 * The line again, with its longest values cut so far that it fits. A field says how long it was and
 * which ones are not whole.
 */
function shorter(
  line: string,
  { entry, msg, fields }: Parts,
  encoding: Encoding,
  render: Render,
): string {
  const { maxLineBytes, counts } = encoding
  counts.truncated++
  const size = Buffer.byteLength(line)
  const all = new Map<string, Plain>([[msgKey, msg], ...fields])
  // What the rest of the line takes, and the field that says what is missing.
  let room = maxLineBytes - maxNames - 128
  for (let attempt = 0; attempt < maxAttempts && room > 0; attempt++) {
    const { values, cut: names } = fit(all, room)
    const shown = new Map(values)
    shown.delete(msgKey)
    shown.set(marker.trim(), missing(size, names))
    const short = render(entry, String(values.get(msgKey) ?? marker.trim()), shown)
    const bytes = Buffer.byteLength(short)
    if (bytes <= maxLineBytes) return short
    room = Math.floor(((room * maxLineBytes) / bytes) * 0.9) - 32
  }
  const none = new Map<string, Plain>([[marker.trim(), missing(size, [])]])
  const short = render(entry, cut(msg, Math.floor(maxLineBytes / 16)), none)
  if (!isLong(short, encoding)) return short
  // Only where a format of its own makes it so long.
  return `${cut(short.trimEnd(), maxLineBytes - marker.length - 1).trimEnd()}\n`
}

/** What the field says that stands in place of what is missing. */
export function missing(size: number, names: readonly string[]): string {
  const list = names.map((name) => (name === msgKey ? 'msg' : name)).join(', ')
  return `${size} bytes${list === '' ? '' : `: ${cut(list, maxNames - marker.length)}`}`
}
