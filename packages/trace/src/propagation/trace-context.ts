import { isSuppressed } from '@clew/internal/telemetry/suppression'
import type {
  Context,
  SpanContext,
  TextMapGetter,
  TextMapPropagator,
  TextMapSetter,
  TraceState,
} from '@opentelemetry/api'
import { isValid, parentOf, sampledFlag, withSpanContext } from '../context/span-context.ts'
import { joined } from './propagator.ts'

// W3C Trace Context: version 00, and the part that later versions promise to keep.
const traceparentFormat = /^(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/
const maxMembers = 32
const maxLength = 512
const keyFormat =
  /^(?:[a-z][a-z0-9_\-*/]{0,255}|[a-z0-9][a-z0-9_\-*/]{0,240}@[a-z][a-z0-9_\-*/]{0,13})$/
const valueFormat = /^[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/

/** `traceparent` as a span context; undefined where the specification says to ignore it. */
export function parseTraceparent(header: string): SpanContext | undefined {
  const match = traceparentFormat.exec(header.trim())
  if (match === null || (match[1] === '00' && match[5] !== undefined)) return undefined
  const context: SpanContext = {
    traceId: match[2] as string,
    spanId: match[3] as string,
    traceFlags: Number.parseInt(match[4] as string, 16) & sampledFlag,
    isRemote: true,
  }
  return isValid(context) ? context : undefined
}

/**
 * The members of `tracestate`. Undefined if one is malformed, one occurs twice, or there are too
 * many: then the whole header is ignored.
 */
export function parseTracestate(header: string): readonly string[] | undefined {
  if (header.length > maxLength * 4) return undefined
  const members: string[] = []
  const keys = new Set<string>()
  for (const part of header.split(',')) {
    const member = part.trim()
    if (member === '') continue
    const at = member.indexOf('=')
    const key = member.slice(0, at)
    if (
      at < 1 ||
      !keyFormat.test(key) ||
      !valueFormat.test(member.slice(at + 1)) ||
      keys.has(key)
    ) {
      return undefined
    }
    keys.add(key)
    members.push(member)
  }
  if (members.length === 0 || members.length > maxMembers) return undefined
  return shortened(members)
}

/** Longer than 512 characters: removes members over 128 characters first, then from the end. */
function shortened(members: readonly string[]): readonly string[] | undefined {
  let kept = members
  if (lengthOf(kept) > maxLength) kept = kept.filter((member) => member.length <= 128)
  while (lengthOf(kept) > maxLength) kept = kept.slice(0, -1)
  return kept.length > 0 ? kept : undefined
}

function lengthOf(members: readonly string[]): number {
  return members.reduce((sum, member) => sum + member.length + 1, -1)
}

/** A TraceState of OpenTelemetry with these well-formed members. */
function stateOf(members: readonly string[]): TraceState {
  const without = (key: string) => members.filter((member) => !member.startsWith(`${key}=`))
  return {
    get: (key) => members.find((member) => member.startsWith(`${key}=`))?.slice(key.length + 1),
    // A new member comes first; the oldest is dropped beyond 32 (W3C Trace Context, 3.5).
    set: (key, value) =>
      keyFormat.test(key) && valueFormat.test(value)
        ? stateOf([`${key}=${value}`, ...without(key)].slice(0, maxMembers))
        : stateOf(members),
    unset: (key) => stateOf(without(key)),
    serialize: () => members.join(','),
  }
}

/** The W3C Trace Context propagator. */
export function traceContext(): TextMapPropagator {
  return {
    inject(context: Context, carrier: unknown, setter: TextMapSetter) {
      const span = parentOf(context)
      if (span === undefined || isSuppressed(context)) return
      const flags = span.traceFlags & sampledFlag ? '01' : '00'
      setter.set(carrier, 'traceparent', `00-${span.traceId}-${span.spanId}-${flags}`)
      const state = span.traceState?.serialize()
      if (state) setter.set(carrier, 'tracestate', state)
    },
    extract(context: Context, carrier: unknown, getter: TextMapGetter) {
      const parent = onlyOne(getter.get(carrier, 'traceparent'))
      const span = parent === undefined ? undefined : parseTraceparent(parent)
      if (span === undefined) return context
      const state = joined(getter.get(carrier, 'tracestate'))
      const members = state === undefined ? undefined : parseTracestate(state)
      if (members !== undefined) span.traceState = stateOf(members)
      return withSpanContext(context, span)
    },
    fields: () => ['traceparent', 'tracestate'],
  }
}

/** With more than one `traceparent`, none of them can be trusted. */
function onlyOne(value: string | string[] | undefined): string | undefined {
  if (Array.isArray(value)) return value.length === 1 ? onlyOne(value[0]) : undefined
  return typeof value === 'string' ? value : undefined
}
