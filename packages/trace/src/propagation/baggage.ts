import { isSuppressed } from '@clew/internal/telemetry/suppression'
import type {
  Baggage,
  BaggageEntry,
  Context,
  TextMapGetter,
  TextMapPropagator,
  TextMapSetter,
} from '@opentelemetry/api'
import { joined } from './propagator.ts'

const baggageKey = Symbol.for('OpenTelemetry Baggage Key')

const baggageOf = (context: Context) => context.getValue(baggageKey) as Baggage | undefined

// W3C Baggage: a propagator must carry at least this much; this one carries no more.
const maxMembers = 64
const maxBytes = 8192
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
// baggage-octet: no space, quote, comma, semicolon, backslash or control character.
const octets = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/

/** The well-formed members of a `baggage` header, up to 64 members and 8192 bytes. */
export function parseBaggage(header: string): Baggage | undefined {
  const entries = new Map<string, BaggageEntry>()
  let bytes = 0
  for (const part of header.slice(0, maxBytes * 4).split(',')) {
    const member = part.trim()
    bytes += member.length + 1
    if (entries.size >= maxMembers || bytes - 1 > maxBytes) break
    const [pair = '', ...properties] = member.split(';')
    const at = pair.indexOf('=')
    const key = pair.slice(0, at).trim()
    const value = pair.slice(at + 1).trim()
    if (at < 1 || !token.test(key) || !octets.test(value)) continue
    const entry: BaggageEntry = { value: decoded(value) }
    const metadata = properties.map((property) => property.trim()).filter(Boolean)
    if (metadata.length > 0) entry.metadata = metadataOf(metadata.join(';'))
    entries.set(key, entry)
  }
  return entries.size > 0 ? bag(entries) : undefined
}

/** Percent-decoded. A sequence that is not UTF-8 becomes U+FFFD, as the specification requires. */
function decoded(value: string): string {
  if (!value.includes('%')) return value
  try {
    return decodeURIComponent(value)
  } catch {
    const bytes: number[] = []
    for (let at = 0; at < value.length; at++) {
      const code = /^%[0-9a-fA-F]{2}/.test(value.slice(at, at + 3))
      bytes.push(code ? Number.parseInt(value.slice(at + 1, at + 3), 16) : value.charCodeAt(at))
      if (code) at += 2
    }
    return Buffer.from(bytes).toString('utf8')
  }
}

/** The `baggage` header, cut after the last member that fits. */
export function serializeBaggage(baggage: Baggage): string {
  const members: string[] = []
  let bytes = 0
  for (const [key, entry] of baggage.getAllEntries()) {
    if (!token.test(key)) continue
    const metadata = entry.metadata?.toString() ?? ''
    const safe = metadata === '' || /^[\x20-\x2b\x2d-\x7e]*$/.test(metadata)
    const value = encodeURIComponent(wellFormed(entry.value))
    const member = `${key}=${value}${metadata && safe ? `;${metadata}` : ''}`
    bytes += member.length + (members.length > 0 ? 1 : 0)
    if (members.length >= maxMembers || bytes > maxBytes) break
    members.push(member)
  }
  return members.join(',')
}

/** Without lone surrogates, for which `encodeURIComponent` throws. */
const wellFormed = (text: string) => Buffer.from(text).toString()

function metadataOf(text: string): NonNullable<BaggageEntry['metadata']> {
  // The api marks its own metadata with a symbol that nothing reads.
  const metadata: { toString(): string } = { toString: () => text }
  return metadata as NonNullable<BaggageEntry['metadata']>
}

/** An immutable Baggage of OpenTelemetry: each change returns a new one. */
function bag(entries: ReadonlyMap<string, BaggageEntry>): Baggage {
  const without = (keys: readonly string[]) =>
    bag(new Map([...entries].filter(([key]) => !keys.includes(key))))
  return {
    getEntry: (key) => (entries.has(key) ? { ...(entries.get(key) as BaggageEntry) } : undefined),
    getAllEntries: () => [...entries],
    setEntry: (key, entry) => bag(new Map(entries).set(key, entry)),
    removeEntry: (key) => without([key]),
    removeEntries: (...keys) => without(keys),
    clear: () => bag(new Map()),
  }
}

/** The W3C Baggage propagator. */
export function baggage(): TextMapPropagator {
  return {
    inject(context: Context, carrier: unknown, setter: TextMapSetter) {
      const active = baggageOf(context)
      if (active === undefined || isSuppressed(context)) return
      const header = serializeBaggage(active)
      if (header) setter.set(carrier, 'baggage', header)
    },
    extract(context: Context, carrier: unknown, getter: TextMapGetter) {
      const header = joined(getter.get(carrier, 'baggage'))
      const received = header === undefined ? undefined : parseBaggage(header)
      return received === undefined ? context : context.setValue(baggageKey, received)
    },
    fields: () => ['baggage'],
  }
}
