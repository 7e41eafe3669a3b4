import { cut, cutStack, marker } from '../truncation.ts'
import type { Plain } from '../values/plain-value.ts'
import { stringify } from './text.ts'

/** What is left of values that are too long together, and the names of those that are not whole. */
export interface Fitted {
  readonly values: ReadonlyMap<string, Plain>
  readonly cut: readonly string[]
}

// What a marker and the quotes around it take.
const markerBytes = 40
// Shorter ones say nothing.
const leastBytes = 24

const bytesOf = (value: Plain) => Buffer.byteLength(stringify(value))

/**
 * Values that take at most about so many bytes of JSON together. Short ones stay whole; those that are
 * longer than an equal share are shortened to it.
 */
export function fit(values: ReadonlyMap<string, Plain>, most: number): Fitted {
  const parts = [...values].map(([name, value]) => {
    const nameBytes = bytesOf(name) + 2
    return { name, value, nameBytes, bytes: nameBytes + bytesOf(value) }
  })
  let room = most
  let count = parts.length
  const shown = new Map<string, Plain>()
  const cutNames: string[] = []
  for (const { name, value, nameBytes, bytes } of parts.toSorted((a, b) => a.bytes - b.bytes)) {
    const share = Math.floor(room / count--)
    if (bytes <= share) {
      shown.set(name, value)
      room -= bytes
      continue
    }
    cutNames.push(name)
    const least = share - nameBytes
    if (least < leastBytes) continue
    const short = shortened(value, least, name)
    shown.set(name, short)
    room -= nameBytes + bytesOf(short)
  }
  // In their order.
  const ordered = [...values.keys()].filter((name) => shown.has(name))
  const result = new Map(ordered.map((name) => [name, shown.get(name) ?? null]))
  return { values: result, cut: cutNames }
}

function shortened(value: Plain, most: number, name: string): Plain {
  if (typeof value === 'string') return shortText(value, most, name)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return shortList(value as readonly Plain[], most)
  const { values, cut: names } = fit(new Map(Object.entries(value)), most - markerBytes)
  const missing = names.filter((key) => !values.has(key)).length
  const entries = [...values]
  if (missing > 0) entries.push([marker.trim(), `${missing} more`])
  return Object.fromEntries(entries)
}

function shortText(text: string, most: number, name: string): string {
  let bytes = most - marker.length - 8
  // What is escaped takes more bytes than it has.
  while (bytes > 0) {
    const short = name === 'stack' ? cutStack(text, bytes) : cut(text, bytes)
    const size = bytesOf(short)
    if (size <= most) return short
    bytes = Math.min(bytes - 1, Math.floor((bytes * most) / size) - 1)
  }
  return marker.trim()
}

function shortList(items: readonly Plain[], most: number): readonly Plain[] {
  let room = most - markerBytes
  const shown: Plain[] = []
  for (const item of items) {
    const bytes = bytesOf(item) + 1
    if (bytes > room) {
      if (room > 2 * markerBytes) shown.push(shortened(item, room - 1, ''))
      break
    }
    shown.push(item)
    room -= bytes
  }
  const missing = items.length - shown.length
  return missing === 0 ? shown : [...shown, `${missing} more${marker}`]
}
