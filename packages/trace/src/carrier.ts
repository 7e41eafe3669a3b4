import type { Context, TextMapGetter, TextMapSetter } from '@opentelemetry/api'
import { activeContext, extractFrom, injectInto, runIn } from './api.ts'
import { ROOT } from './context.ts'

/**
 * Where a trace context can travel: HTTP headers (Node's or the Fetch API's), the headers of a queue's message, any object with
 * text under names.
 */
export type Carrier =
  | Record<string, unknown>
  | Map<string, unknown>
  | { get(name: string): unknown; set(name: string, value: string): unknown }

function hasAccessors(carrier: unknown): carrier is Map<string, unknown> {
  return (
    typeof carrier === 'object' &&
    carrier !== null &&
    typeof (carrier as { get?: unknown }).get === 'function' &&
    typeof (carrier as { set?: unknown }).set === 'function'
  )
}

const setter: TextMapSetter<Carrier> = {
  set(carrier, key, value) {
    if (hasAccessors(carrier)) carrier.set(key, value)
    else (carrier as Record<string, unknown>)[key] = value
  },
}

export const getter: TextMapGetter<Carrier> = {
  get(carrier, key) {
    if (hasAccessors(carrier)) return textOf(carrier.get(key))
    const fields = carrier as Record<string, unknown>
    if (Object.hasOwn(fields, key)) return textOf(fields[key])
    // Names of headers have no case, but an object's keys have.
    const name = Object.keys(fields).find((found) => found.toLowerCase() === key)
    return name === undefined ? undefined : textOf(fields[name])
  },
  keys: (carrier) => (hasAccessors(carrier) ? [...carrier.keys()] : Object.keys(carrier)),
}

function textOf(value: unknown): string | string[] | undefined {
  if (typeof value === 'string') return value
  if (Buffer.isBuffer(value)) return value.toString('latin1')
  return Array.isArray(value) ? value.map(String) : undefined
}

/** Node's `req.headers` has lower-case keys already: no search for another case. */
export const headersGetter: TextMapGetter<NodeJS.Dict<string | string[]>> = {
  get: (headers, key) => headers[key],
  keys: (headers) => Object.keys(headers),
}

/**
 * Writes the active trace context (`traceparent`, `tracestate`, `baggage`) into `carrier`, and returns it.
 * Nothing is written where no trace is active. undici, `fetch` and `node:http` need no call: `configure` sees to them.
 */
export function inject<T extends Carrier>(carrier: T): T {
  injectInto<Carrier>(activeContext(), carrier, setter)
  return carrier
}

/** Runs `fn` in the trace that `carrier` brings, and returns what it returns. No usable context in it: a trace of its own. */
export function extract<R>(carrier: Carrier, fn: () => R): R {
  return runIn(extracted(carrier), fn)
}

/** The context that `carrier` brings. It inherits nothing from the active one. */
export function extracted(carrier: Carrier): Context {
  return extractFrom(ROOT, carrier, getter)
}
