import { type Fault, faultAt } from './fault.ts'
import type { Part } from './parts.ts'

/** Values by name, without a prototype: a name is never taken for what objects inherit. */
export type Fields = Record<string, unknown>

/** The query of a URL. A name that is repeated has all its values, in order. */
export function queryOf(url: string): Fields {
  const fields: Fields = Object.create(null)
  const start = url.indexOf('?')
  if (start < 0) return fields
  const end = url.indexOf('#', start)
  const search = url.slice(start + 1, end < 0 ? undefined : end)
  for (const [name, value] of new URLSearchParams(search)) {
    const before = fields[name]
    if (before === undefined) fields[name] = value
    else if (Array.isArray(before)) before.push(value)
    else fields[name] = [before, value]
  }
  return fields
}

/** A copy of the own properties of an object. */
export function fieldsOf(given: object | undefined | null): Fields {
  const fields: Fields = Object.create(null)
  for (const [name, value] of Object.entries(given ?? {})) fields[name] = value
  return fields
}

export interface WalkLimits {
  readonly maxDepth: number
  readonly maxErrors: number
}

/**
 * What no schema should get: names by which a careless copy changes the prototype of an object
 * (`__proto__`, and `constructor` with a `prototype`), and values that are nested too deep.
 */
export function unsafeNames(part: Part, value: unknown, limits: WalkLimits): readonly Fault[] {
  const faults: Fault[] = []
  walk(value, [], { part, faults, ...limits })
  return faults
}

interface Walk extends WalkLimits {
  readonly part: Part
  readonly faults: Fault[]
}

/** The recursion is as deep as `maxDepth` at most. */
function walk(value: unknown, path: PropertyKey[], state: Walk): void {
  if (!isContainer(value) || state.faults.length >= state.maxErrors) return
  if (path.length >= state.maxDepth) {
    state.faults.push(faultAt(state.part, path, 'is nested too deep'))
    return
  }
  const inner = value as Readonly<Record<string, unknown>>
  for (const name of Object.keys(inner)) {
    const child = inner[name]
    const isUnsafe =
      name === '__proto__' ||
      (name === 'constructor' && isContainer(child) && Object.hasOwn(child, 'prototype'))
    if (isUnsafe) state.faults.push(faultAt(state.part, [...path, name], 'is not allowed'))
    else if (isContainer(child)) {
      path.push(name)
      walk(child, path, state)
      path.pop()
    }
  }
}

/** An array or a plain object: a parser may also put files and dates into a body. */
function isContainer(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  if (Array.isArray(value)) return true
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
