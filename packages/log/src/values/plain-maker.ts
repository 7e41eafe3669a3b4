import { types } from 'node:util'
import { below, type PathRules } from '../redaction/path-rules.ts'
import type { Redaction } from '../redaction/redaction.ts'
import { redacted } from '../redaction/text-names.ts'
import { cut, marker } from '../truncation.ts'
import { errorTreeOf } from './error-maker.ts'
import { hiddenValue } from './hidden-value.ts'
import { nameOfValue } from './named-values.ts'
import type { Plain } from './plain-value.ts'
import { builtInOf } from './proxies.ts'
import { constructorOf, isErrorLike, isMarked, isReadable, nameOf, unreadable } from './reading.ts'
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
      return spend(unreadable(error))
    } finally {
      ancestors.pop()
    }
  }

  function ofObject(value: object, rules: PathRules, isFromJSON = false): Plain {
    const isProxy = types.isProxy(value)
    if (isMarked(value)) return redacted
    if (Array.isArray(value)) return ofList(value, rules)
    if (isProxy) {
      if (!isReadable(value)) return ofKeys(value, rules)
      const builtIn = builtInOf(value, maxFields)
      if (typeof builtIn === 'string') return builtIn
      return builtIn === undefined
        ? ofOther(value, rules, isFromJSON)
        : ofObject(builtIn, rules, isFromJSON)
    }
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
    return ofOther(value, rules, isFromJSON)
  }

  function ofOther(value: object, rules: PathRules, isFromJSON: boolean): Plain {
    const kind = constructorOf(value)
    if (kind === 'URL' && 'href' in value) return spend(redaction.url(String(value)))
    if (kind === 'URLSearchParams') return spend(redaction.query(String(value)))
    if (kind === 'Headers' && Symbol.iterator in value) {
      return ofMap(new Map(value as Iterable<[string, string]>), rules)
    }
    const shown = kind === 'Object' ? undefined : webValueOf(value, kind)
    if (shown !== undefined) return ofKeys(shown, rules)
    // DOMException, and everything else that looks like an error without being a native one.
    if (isErrorLike(value)) return ofError(value, rules)
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
      const read = () => (value as Record<string, unknown>)[key]
      const name = nameOfValue(value, key)
      if (name !== undefined && redaction.hides(name)) put(out, key, hidden(name, read))
      else assign(out, key, rules, read)
    }
    return out
  }

  const hidden = (key: string, read: () => unknown) => hiddenValue(redaction, plain, key, read)

  function assign(
    out: Record<string, Plain>,
    key: string,
    rules: PathRules,
    read: () => unknown,
  ): void {
    const rest = below(rules, key)
    if (rest === 'hide') {
      put(out, key, hidden(key, read))
      return
    }
    const hides = redaction.hides(key)
    try {
      const value = read()
      if (value === undefined) return
      if (hides && !redaction.spares(key, value)) {
        put(
          out,
          key,
          hidden(key, () => value),
        )
        return
      }
      budget -= key.length + 3
      put(out, key, plain(value, rest))
    } catch (error) {
      put(out, key, hides ? redacted : spend(unreadable(error)))
    }
  }

  function put(out: Record<string, Plain>, key: string, result: Plain | undefined): void {
    if (result === undefined) return
    const shown = redaction.text(key, maxValueBytes)
    const name = shown.length * 3 > maxValueBytes ? cut(shown, maxValueBytes) : shown
    // Plain assignment of '__proto__' would set the prototype.
    if (name === '__proto__') {
      Object.defineProperty(out, name, { value: result, enumerable: true })
    } else out[name] = result
  }

  function ofList(items: readonly unknown[], rules: PathRules): Plain[] {
    const out: Plain[] = []
    const { length } = items
    // Names and values in turn: `['authorization', '…']`, and lists of such pairs.
    const isPaired = length % 2 === 0
    let name: unknown
    for (let i = 0; i < length && i < maxFields && budget > 0; i++) {
      const read = () => items[i]
      const key = isPaired && i % 2 === 1 && typeof name === 'string' ? name : ''
      try {
        name = read()
        out.push(ofItem(out.length, key, name, rules))
      } catch (error) {
        out.push(spend(unreadable(error)))
      }
    }
    if (out.length < length) out.push(`${length - out.length} more${marker}`)
    return out
  }

  function ofItems(items: Iterable<unknown>, size: number, rules: PathRules): Plain[] {
    const out: Plain[] = []
    for (const item of items) {
      if (out.length >= maxFields || budget <= 0) break
      out.push(ofItem(out.length, '', item, rules))
    }
    if (out.length < size) out.push(`${size - out.length} more${marker}`)
    return out
  }

  /** @param name - what stands before it, where that may be its name */
  function ofItem(index: number, name: string, item: unknown, rules: PathRules): Plain {
    const rest = below(rules, String(index))
    if (rest === 'hide') return hidden(String(index), () => item) ?? null
    if (name !== '' && redaction.hides(name) && !redaction.spares(name, item)) {
      return hidden(name, () => item) ?? null
    }
    budget -= 1
    return plain(item, rest)
  }

  /** Pairs, where some key is neither a string nor a number. */
  function ofEntries(map: ReadonlyMap<unknown, unknown>, rules: PathRules): Plain[] {
    const out: Plain[] = []
    let seen = 0
    for (const [key, value] of map) {
      if (seen >= maxFields || budget <= 0) break
      seen++
      const rest = below(rules, typeof key === 'string' ? key : '*')
      const hides = typeof key === 'string' && redaction.hides(key) && !redaction.spares(key, value)
      const isHidden = rest === 'hide' || hides
      budget -= 2
      const shown = isHidden ? hidden(String(key), () => value) : plain(value, rest)
      if (shown !== undefined) out.push([plain(key, []), shown])
    }
    if (seen < map.size) out.push(`${map.size - seen} more${marker}`)
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
      hidesMessage: below(rules, 'message') === 'hide' || redaction.hides('message'),
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
