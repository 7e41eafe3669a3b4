import type {
  Context,
  SpanContext,
  TextMapGetter,
  TextMapPropagator,
  TextMapSetter,
  TraceState,
} from '@opentelemetry/api'
import { isValid, parentOf, SAMPLED, withSpanContext } from './api.ts'
import { isSuppressed } from './context.ts'

// W3C Trace Context: version 00, and what a later version promises to keep.
const TRACEPARENT = /^(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/
const TRACESTATE_MEMBERS = 32
const TRACESTATE_LENGTH = 512
const KEY = /^(?:[a-z][a-z0-9_\-*/]{0,255}|[a-z0-9][a-z0-9_\-*/]{0,240}@[a-z][a-z0-9_\-*/]{0,13})$/
const VALUE = /^[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/

/** `traceparent` as a span context, or undefined where the specification says to ignore it. */
export function parseTraceparent(header: string): SpanContext | undefined {
  const match = TRACEPARENT.exec(header.trim())
  if (match === null || (match[1] === '00' && match[5] !== undefined)) return undefined
  const context: SpanContext = {
    traceId: match[2] as string,
    spanId: match[3] as string,
    traceFlags: Number.parseInt(match[4] as string, 16) & SAMPLED,
    isRemote: true,
  }
  return isValid(context) ? context : undefined
}

/** `tracestate` with its well-formed members, or undefined: one bad, one double or too many, and all of it is ignored. */
export function parseTracestate(header: string): readonly string[] | undefined {
  if (header.length > TRACESTATE_LENGTH * 4) return undefined
  const members: string[] = []
  const keys = new Set<string>()
  for (const part of header.split(',')) {
    const member = part.trim()
    if (member === '') continue
    const at = member.indexOf('=')
    const key = member.slice(0, at)
    if (at < 1 || !KEY.test(key) || !VALUE.test(member.slice(at + 1)) || keys.has(key)) {
      return undefined
    }
    keys.add(key)
    members.push(member)
  }
  if (members.length === 0 || members.length > TRACESTATE_MEMBERS) return undefined
  return shortened(members)
}

/** Over 512 characters: members over 128 go first, then from the end. */
function shortened(members: readonly string[]): readonly string[] | undefined {
  let kept = members
  if (lengthOf(kept) > TRACESTATE_LENGTH) kept = kept.filter((member) => member.length <= 128)
  while (lengthOf(kept) > TRACESTATE_LENGTH) kept = kept.slice(0, -1)
  return kept.length > 0 ? kept : undefined
}

function lengthOf(members: readonly string[]): number {
  return members.reduce((sum, member) => sum + member.length + 1, -1)
}

/** OpenTelemetry's TraceState over well-formed members. */
function stateOf(members: readonly string[]): TraceState {
  const without = (key: string) => members.filter((member) => !member.startsWith(`${key}=`))
  return {
    get: (key) => members.find((member) => member.startsWith(`${key}=`))?.slice(key.length + 1),
    // What is set comes first; over 32 the oldest goes (W3C Trace Context, 3.5).
    set: (key, value) =>
      KEY.test(key) && VALUE.test(value)
        ? stateOf([`${key}=${value}`, ...without(key)].slice(0, TRACESTATE_MEMBERS))
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
      const flags = span.traceFlags & SAMPLED ? '01' : '00'
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

/** A second `traceparent` makes both untrustworthy. */
function onlyOne(value: string | string[] | undefined): string | undefined {
  if (Array.isArray(value))
    return value.length === 1 && typeof value[0] === 'string' ? value[0] : undefined
  return typeof value === 'string' ? value : undefined
}

/** Several `tracestate` or `baggage` headers are one list (RFC 9110, 5.3). */
export function joined(value: string | string[] | undefined): string | undefined {
  const text = Array.isArray(value) ? value.join(',') : value
  return typeof text === 'string' ? text : undefined
}
