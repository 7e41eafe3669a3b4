import type { Context, TextMapGetter } from '@opentelemetry/api'
import { activeContext, runIn } from '../context/active.ts'
import { rootContext } from '../context/root.ts'
import { type Check, optionCheck } from '../errors.ts'
import { extractFrom, type FieldSetter, injectInto } from './propagator.ts'

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

const setter: FieldSetter<Carrier> = {
  set(carrier, key, value) {
    if (hasAccessors(carrier)) carrier.set(key, value)
    else (carrier as Record<string, unknown>)[key] = value
  },
  remove(carrier, names) {
    if (hasAccessors(carrier)) {
      for (const name of names) carrier.delete?.(name)
      return
    }
    const fields = carrier as Record<string, unknown>
    for (const key of Object.keys(fields)) {
      if (names.includes(key.toLowerCase())) delete fields[key]
    }
  },
}

/** Reads any value: what a message brings may be anything that its sender could think of. */
export const getter: TextMapGetter<unknown> = {
  get(carrier, key) {
    if (typeof carrier !== 'object' || carrier === null) return undefined
    if (hasAccessors(carrier)) return textOf(carrier.get(key))
    const fields = carrier as Record<string, unknown>
    if (Object.hasOwn(fields, key)) return textOf(fields[key])
    // Header names are case-insensitive, the keys of an object are not.
    const name = Object.keys(fields).find((each) => each.toLowerCase() === key)
    return name === undefined ? undefined : textOf(fields[name])
  },
  keys(carrier) {
    if (typeof carrier !== 'object' || carrier === null) return []
    return hasAccessors(carrier) ? [...carrier.keys()].map(String) : Object.keys(carrier)
  },
}

function textOf(value: unknown): string | string[] | undefined {
  if (!Array.isArray(value)) return oneOf(value)
  const texts = value.map(oneOf)
  // One that is no text makes the list worthless, as a header that is malformed.
  return texts.every((text) => text !== undefined) ? texts : undefined
}

function oneOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  return Buffer.isBuffer(value) ? value.toString('latin1') : undefined
}

/** For `req.headers` of Node, whose keys are lower-case already. */
export const headersGetter: TextMapGetter<NodeJS.Dict<string | string[]>> = {
  get: (headers, key) => headers[key],
  keys: (headers) => Object.keys(headers),
}

const injectCheck = optionCheck('inject')
const extractCheck = optionCheck('extract')

/**
 * Writes the active trace context (`traceparent`, `tracestate`, `baggage`) into `carrier`, and
 * returns `carrier`; if it is frozen, a copy. What `carrier` has of another context is replaced.
 * Writes nothing if no trace is active. Requests of undici, `fetch` and `node:http` do not need it:
 * `configure` adds the headers to them.
 *
 * @throws TypeError `ERR_TRACE_OPTION`
 */
export function inject<T extends Carrier>(carrier: T): T {
  return injected(injectCheck, carrier)
}

/** {@link inject} for a function whose errors name it. */
export function injected<T extends Carrier>(check: Check, carrier: T): T {
  if (typeof carrier !== 'object' || carrier === null) {
    throw check.error('carrier', 'an object', carrier)
  }
  const target =
    Object.isExtensible(carrier) && !Object.isSealed(carrier) ? carrier : { ...carrier }
  injectInto<Carrier>(activeContext(), target, setter)
  return target
}

/**
 * Runs `fn` in the trace context that `carrier` brings, and returns what `fn` returns. Without a
 * valid context in `carrier`, whatever it is, spans in `fn` start new traces.
 *
 * @throws TypeError `ERR_TRACE_OPTION`
 */
export function extract<R>(carrier: Carrier | null | undefined, fn: () => R): R {
  if (typeof fn !== 'function') throw extractCheck.error('fn', 'a function', fn)
  return runIn(extracted(carrier), fn)
}

/** The context that `carrier` brings. It inherits nothing from the active context. */
export function extracted(carrier: unknown): Context {
  if (typeof carrier !== 'object' || carrier === null) return rootContext
  return extractFrom(rootContext, carrier, getter)
}
