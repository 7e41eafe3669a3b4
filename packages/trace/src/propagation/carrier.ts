import type { Context, TextMapGetter, TextMapSetter } from '@opentelemetry/api'
import { activeContext, runIn } from '../context/active.ts'
import { rootContext } from '../context/root.ts'
import { extractFrom, injectInto } from './propagator.ts'

/**
 * What can carry a trace context: HTTP headers (of Node or of the Fetch API), the headers of a
 * queue message, any object with strings as values.
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
    if (hasAccessors(carrier)) return stringOf(carrier.get(key))
    const fields = carrier as Record<string, unknown>
    if (Object.hasOwn(fields, key)) return stringOf(fields[key])
    // Header names are case-insensitive, the keys of an object are not.
    const name = Object.keys(fields).find((each) => each.toLowerCase() === key)
    return name === undefined ? undefined : stringOf(fields[name])
  },
  keys: (carrier) => (hasAccessors(carrier) ? [...carrier.keys()] : Object.keys(carrier)),
}

function stringOf(value: unknown): string | string[] | undefined {
  if (typeof value === 'string') return value
  if (Buffer.isBuffer(value)) return value.toString('latin1')
  return Array.isArray(value) ? value.map(String) : undefined
}

/** For `req.headers` of Node, whose keys are lower-case already. */
export const headersGetter: TextMapGetter<NodeJS.Dict<string | string[]>> = {
  get: (headers, key) => headers[key],
  keys: (headers) => Object.keys(headers),
}

/**
 * Writes the active trace context (`traceparent`, `tracestate`, `baggage`) into `carrier`, and
 * returns `carrier`. Writes nothing if no trace is active. Requests of undici, `fetch` and
 * `node:http` do not need it: `configure` adds the headers to them.
 */
export function inject<T extends Carrier>(carrier: T): T {
  injectInto<Carrier>(activeContext(), carrier, setter)
  return carrier
}

/**
 * Runs `fn` in the trace context that `carrier` brings, and returns what `fn` returns. Without a
 * valid context in `carrier`, spans in `fn` start new traces.
 */
export function extract<R>(carrier: Carrier, fn: () => R): R {
  return runIn(extracted(carrier), fn)
}

/** The context that `carrier` brings. It inherits nothing from the active context. */
export function extracted(carrier: Carrier): Context {
  return extractFrom(rootContext, carrier, getter)
}
