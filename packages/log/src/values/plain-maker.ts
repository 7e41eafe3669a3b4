import { types } from 'node:util'
import { below, type PathRules } from '../redaction/path-rules.ts'
import type { Redaction } from '../redaction/redaction.ts'
import { redacted } from '../redaction/url-redaction.ts'
import { cut, marker } from '../truncation.ts'
import { errorTreeOf } from './error-maker.ts'
import type { Plain } from './plain-value.ts'
import { constructorOf, isSecretProxy, nameOf, unreadable } from './reading.ts'
import { isSecret } from './secret.ts'
import { Stacks } from './stacks.ts'
import { webValueOf } from './web-values.ts'

export interface PlainLimits {
  readonly maxValueBytes: number
  readonly maxDepth: number
  readonly maxFields: number
}

/** Turns a value into what JSON can carry; `rules` say what is hidden in it. */
export type MakePlain = (value: unknown, rules?: PathRules) => Plain

/**
 * Handles errors with stack, cause and members; Map, Set, Date, BigInt, Buffer; cycles, throwing
 * getters and proxies. Hides secrets and redacted keys. Cuts at `maxValueBytes` in all. Never
 * throws, never changes what it is given.
 */
export function createPlain(redaction: Redaction, limits: PlainLimits): MakePlain {
  const { maxDepth, maxFields, maxValueBytes } = limits
  // One value is made plain at a time, so that all calls can share these.
  let budget = 0
  let stacks = new Stacks(maxValueBytes)
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
    const most = Math.max(budget, 0)
    const short = cut(redaction.text(text, most), most)
    budget -= Math.min(short.length, text.length) + 2
    return short
  }

  /** Runs `read` with at least and at most so many bytes, whatever is left of the budget. */
  function within<T>(least: number, most: number, read: () => T): T {
    const before = budget
    const given = Math.min(most, Math.max(before, least))
    budget = given
    try {
      return read()
    } finally {
      budget = before - (given - budget)
    }
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

  function ofObject(value: object, rules: PathRules, isFromJSON = false): Plain {
    // A proxy can answer differently each time: it is read once, by its keys.
    if (types.isProxy(value)) return isSecretProxy(value) ? redacted : ofKeys(value, rules)
    if (isSecret(value)) return redacted
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
    if (kind === 'URL' && 'href' in value) return spend(redaction.url(String(value)))
    if (kind === 'URLSearchParams') return spend(redaction.query(String(value)))
    if (kind === 'Headers' && Symbol.iterator in value) {
      return ofMap(new Map(value as Iterable<[string, string]>), rules)
    }
    const shown = kind === 'Object' ? undefined : webValueOf(value, kind)
    if (shown !== undefined) return ofKeys(shown, rules)
    // DOMException, and everything else that looks like an error without being a native one.
    const { stack, message } = value as { readonly stack?: unknown; readonly message?: unknown }
    if (typeof stack === 'string' && typeof message === 'string') {
      return ofError(value as Error, rules)
    }
    const toJSON = isFromJSON ? undefined : (value as { toJSON?: unknown }).toJSON
    if (typeof toJSON === 'function') {
      const json: unknown = toJSON.call(value, '')
      if (typeof json !== 'object' || json === null) return plain(json, rules)
      if (json !== value && ancestors.includes(json)) return '[Circular]'
      return ofObject(json, rules, true)
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
        out[marker.trim()] = `${Object.keys(value).length - count + 1} more`
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
    if (rest === 'hide' || redaction.hides(key)) result = redacted
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
    const name = key.length * 3 > maxValueBytes ? cut(key, maxValueBytes) : key
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
        const rest = below(rules, String(out.length))
        budget -= 1
        out.push(rest === 'hide' ? redacted : plain(item, rest))
      }
    }
    if (out.length < size) out.push(`${size - out.length} more${marker}`)
    return out
  }

  function ofItem(items: readonly unknown[], index: number, rules: PathRules): Plain {
    const rest = below(rules, String(index))
    if (rest === 'hide') return redacted
    budget -= 1
    try {
      return plain(items[index], rest)
    } catch (error) {
      return unreadable(error)
    }
  }

  /** Pairs, where some key is neither a string nor a number. */
  function ofEntries(map: ReadonlyMap<unknown, unknown>, rules: PathRules): Plain[] {
    const out: Plain[] = []
    for (const [key, value] of map) {
      if (out.length >= maxFields || budget <= 0) break
      const rest = below(rules, typeof key === 'string' ? key : '*')
      const hidden = rest === 'hide' || (typeof key === 'string' && redaction.hides(key))
      budget -= 2
      out.push([plain(key, []), hidden ? redacted : plain(value, rest)])
    }
    if (out.length < map.size) out.push(`${map.size - out.length} more${marker}`)
    return out
  }

  function ofMap(map: ReadonlyMap<unknown, unknown>, rules: PathRules): Plain {
    const out: Record<string, Plain> = {}
    let count = 0
    for (const [key, value] of map) {
      if (typeof key !== 'string' && typeof key !== 'number') return ofEntries(map, rules)
      if (count++ >= maxFields || budget <= 0) {
        out[marker.trim()] = `${map.size - count + 1} more`
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

  function ofError(error: Error, rules: PathRules): Plain {
    const { tree, stack } = errorTreeOf(error, maxValueBytes, {
      assign: (out, key, read) => assign(out, key, rules, read),
      keysOf: (value, skip) => ofKeys(value, rules, skip),
      within,
    })
    if (stack !== undefined) budget -= stacks.add(tree, redaction.text(stack, maxValueBytes))
    return tree
  }

  return (value, rules = []) => {
    // A toJSON or a getter that logs comes in again, in the middle of another value.
    const outer = { budget, stacks, ancestors: ancestors.splice(0) }
    budget = maxValueBytes
    stacks = new Stacks(maxValueBytes)
    try {
      const result = plain(value, rules)
      stacks.write(budget)
      return result
    } finally {
      budget = outer.budget
      stacks = outer.stacks
      ancestors.push(...outer.ancestors)
    }
  }
}
