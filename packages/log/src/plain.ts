import { types } from 'node:util'
import {
  below,
  type PathRules,
  REDACTED,
  type Redaction,
  redactQuery,
  redactUrl,
} from './redaction.ts'
import { cut, MARKER } from './text.ts'

/** What JSON can carry. */
export type Plain =
  | string
  | number
  | boolean
  | null
  | readonly Plain[]
  | { readonly [key: string]: Plain }

export interface PlainLimits {
  readonly maxValueBytes: number
  readonly maxDepth: number
  readonly maxFields: number
}

const secret = Symbol.for('@clew/secret/v1')

/**
 * Turns any value into what JSON can carry: errors with stack, cause and members; Map, Set, Date, BigInt, Buffer; cycles,
 * throwing getters and proxies; secrets and redacted keys hidden; cut at `maxValueBytes` in all. Never throws, never changes
 * what it is given.
 */
export function createPlain(
  redaction: Redaction,
  limits: PlainLimits,
): (value: unknown, rules?: PathRules) => Plain {
  const { maxDepth, maxFields } = limits
  // One value is made plain at a time, so these can be shared by all calls.
  let budget = 0
  const ancestors: object[] = []

  function plain(value: unknown, rules: PathRules): Plain {
    switch (typeof value) {
      case 'string':
        return spend(value)
      case 'number':
        budget -= 8
        return Number.isFinite(value) ? value : String(value)
      case 'boolean':
        budget -= 4
        return value
      case 'undefined':
        return null
      case 'bigint':
        return spend(String(value))
      case 'symbol':
        return spend(String(value))
      case 'function':
        return spend(`[Function: ${nameOf(value) || 'anonymous'}]`)
      case 'object':
        return value === null ? null : guarded(value, rules)
    }
  }

  function spend(text: string): string {
    const short = cut(text, Math.max(budget, 0))
    budget -= Math.min(short.length, text.length) + 2
    return short
  }

  function guarded(value: object, rules: PathRules): Plain {
    if (ancestors.includes(value)) return '[Circular]'
    if (ancestors.length >= maxDepth) return Array.isArray(value) ? '[Array]' : '[Object]'
    ancestors.push(value)
    try {
      return ofObject(value, rules)
    } catch (error) {
      return unreadable(error)
    } finally {
      ancestors.pop()
    }
  }

  function ofObject(value: object, rules: PathRules): Plain {
    // A proxy can answer every question differently each time: it is read once, by its keys.
    if (types.isProxy(value)) return ofKeys(value, rules)
    if ((value as Record<symbol, unknown>)[secret] !== undefined) return REDACTED
    if (Array.isArray(value)) return ofItems(value, value.length, rules)
    if (types.isNativeError(value)) return ofError(value, rules)
    if (types.isDate(value))
      return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString()
    if (types.isMap(value)) return ofMap(value, rules)
    if (types.isSet(value)) return ofItems(value, value.size, rules)
    if (types.isRegExp(value)) return spend(String(value))
    if (ArrayBuffer.isView(value))
      return ofBytes(value, value.buffer, value.byteOffset, value.byteLength)
    if (types.isAnyArrayBuffer(value)) return ofBytes(value, value, 0, value.byteLength)
    if (types.isBoxedPrimitive(value)) return plain(value.valueOf(), rules)
    if (types.isPromise(value)) return '[Promise]'
    if (types.isWeakMap(value) || types.isWeakSet(value)) return `[${constructorOf(value)}]`
    const kind = constructorOf(value)
    if (kind === 'URL' && 'href' in value) return spend(redactUrl(String(value)))
    if (kind === 'URLSearchParams') return spend(redactQuery(String(value)))
    if (kind === 'Headers' && Symbol.iterator in value) {
      return ofMap(new Map(value as Iterable<[string, string]>), rules)
    }
    // DOMException, and what else looks like an error without being a native one.
    const { stack, message } = value as { readonly stack?: unknown; readonly message?: unknown }
    if (typeof stack === 'string' && typeof message === 'string') {
      return ofError(value as Error, rules)
    }
    const toJSON = (value as { toJSON?: unknown }).toJSON
    if (typeof toJSON === 'function') {
      const json: unknown = toJSON.call(value, '')
      return json === value || typeof json !== 'object' || json === null
        ? json === value
          ? ofKeys(value, rules)
          : plain(json, rules)
        : Array.isArray(json)
          ? ofItems(json, json.length, rules)
          : ofKeys(json, rules)
    }
    return ofKeys(value, rules)
  }

  function ofKeys(
    value: object,
    rules: PathRules,
    skip?: ReadonlySet<string>,
  ): Record<string, Plain> {
    const out: Record<string, Plain> = {}
    let count = 0
    for (const key of Object.keys(value)) {
      if (skip?.has(key)) continue
      if (count++ >= maxFields || budget <= 0) {
        out[MARKER.trim()] = `${Object.keys(value).length - count + 1} more`
        break
      }
      assign(out, key, rules, () => (value as Record<string, unknown>)[key])
    }
    return out
  }

  function assign(
    out: Record<string, Plain>,
    key: string,
    rules: PathRules,
    read: () => unknown,
  ): void {
    let result: Plain
    const rest = below(rules, key)
    if (rest === 'hide' || redaction.hides(key)) result = REDACTED
    else {
      try {
        const value = read()
        if (value === undefined) return
        budget -= key.length + 3
        result = plain(value, rest)
      } catch (error) {
        result = unreadable(error)
      }
    }
    const name = key.length * 3 > limits.maxValueBytes ? cut(key, limits.maxValueBytes) : key
    // Plain assignment of '__proto__' would set the prototype.
    if (name === '__proto__') {
      Object.defineProperty(out, name, { value: result, enumerable: true })
    } else out[name] = result
  }

  function ofItems(items: Iterable<unknown>, size: number, rules: PathRules): Plain[] {
    const out: Plain[] = []
    if (Array.isArray(items)) {
      for (let i = 0; i < items.length && i < maxFields && budget > 0; i++) {
        out.push(ofItem(items, i, rules))
      }
    } else {
      for (const item of items) {
        if (out.length >= maxFields || budget <= 0) break
        budget -= 1
        out.push(plain(item, belowItem(rules, out.length)))
      }
    }
    if (out.length < size) out.push(`${size - out.length} more${MARKER}`)
    return out
  }

  function ofItem(items: readonly unknown[], index: number, rules: PathRules): Plain {
    const rest = below(rules, String(index))
    if (rest === 'hide') return REDACTED
    budget -= 1
    try {
      return plain(items[index], rest)
    } catch (error) {
      return unreadable(error)
    }
  }

  function belowItem(rules: PathRules, index: number): PathRules {
    const rest = below(rules, String(index))
    return rest === 'hide' ? [] : rest
  }

  function ofMap(map: ReadonlyMap<unknown, unknown>, rules: PathRules): Plain {
    const out: Record<string, Plain> = {}
    let count = 0
    for (const [key, value] of map) {
      if (typeof key !== 'string' && typeof key !== 'number') return ofItems(map, map.size, rules)
      if (count++ >= maxFields || budget <= 0) {
        out[MARKER.trim()] = `${map.size - count + 1} more`
        break
      }
      assign(out, String(key), rules, () => value)
    }
    return out
  }

  function ofBytes(of: object, buffer: ArrayBufferLike, offset: number, length: number): string {
    const shown = Math.min(length, 32)
    const hex = Buffer.from(buffer, offset, shown).toString('hex')
    return spend(`${constructorOf(of)}(${length}) ${hex}${shown < length ? '…' : ''}`)
  }

  const standard: ReadonlySet<string> = new Set([
    'name',
    'type',
    'message',
    'stack',
    'cause',
    'errors',
  ])

  function ofError(error: Error, rules: PathRules): Plain {
    const out: Record<string, Plain> = {}
    const own = error as Error & { readonly errors?: unknown }
    assign(out, 'type', rules, () => own.name || constructorOf(own))
    assign(out, 'message', rules, () => String(own.message))
    assign(out, 'stack', rules, () => (own.stack === undefined ? undefined : String(own.stack)))
    Object.assign(out, ofKeys(error, rules, standard))
    assign(out, 'cause', rules, () => own.cause)
    assign(out, 'errors', rules, () => (Array.isArray(own.errors) ? own.errors : undefined))
    return out
  }

  return (value, rules = []) => {
    // A toJSON or getter that logs comes in again, in the middle of another value.
    const before = budget
    const outer = ancestors.splice(0)
    budget = limits.maxValueBytes
    try {
      return plain(value, rules)
    } finally {
      budget = before
      ancestors.push(...outer)
    }
  }
}

function nameOf(value: unknown): string {
  try {
    return String((value as { name?: unknown }).name)
  } catch {
    return ''
  }
}

function constructorOf(value: object): string {
  try {
    return String(value.constructor?.name ?? 'Object')
  } catch {
    return 'Object'
  }
}

/** What stands in for a value whose reading threw. */
export function unreadable(error: unknown): string {
  return `[Unreadable: ${reason(error)}]`
}

function reason(error: unknown): string {
  try {
    const text = types.isNativeError(error) ? error.message : String(error)
    return cut(String(text), 200)
  } catch {
    return 'unknown'
  }
}
