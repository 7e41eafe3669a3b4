import { isSecret } from '../values/secret.ts'

/**
 * A copy of a value made of literals and arrays only; undefined for everything else, and for what
 * is deep, wide or long. Much cheaper than making it plain, which can wait until it is written, if
 * it ever is. Throws what a getter throws.
 */
export function cloneOf(value: object, maxLength: number): object | undefined {
  left = maxParts
  return cloned(value, maxLength, maxDepth)
}

const maxParts = 64
const maxDepth = 4
let left = 0
const refused = Symbol('refused')

function cloned(value: object, maxLength: number, depth: number): object | undefined {
  if (depth === 0) return undefined
  if (Array.isArray(value)) {
    if (isSecret(value)) return undefined
    left -= value.length
    if (left < 0) return undefined
    const list = new Array<unknown>(value.length)
    for (let i = 0; i < value.length; i++) {
      const item = partOf(value[i], maxLength, depth)
      if (item === refused) return undefined
      list[i] = item
    }
    return list
  }
  const from = value as { readonly [name: string]: unknown }
  if (from.constructor !== Object || isSecret(from) || from['toJSON'] !== undefined) {
    return undefined
  }
  const names = Object.keys(from)
  left -= names.length
  if (left < 0) return undefined
  const copy: Record<string, unknown> = {}
  for (const name of names) {
    const part = partOf(from[name], maxLength, depth)
    // Plain assignment of '__proto__' would set the prototype.
    if (part === refused || name === '__proto__') return undefined
    copy[name] = part
  }
  return copy
}

function partOf(value: unknown, maxLength: number, depth: number): unknown {
  if (typeof value === 'string') return value.length > maxLength ? refused : value
  if (typeof value !== 'object' || value === null) return value
  return cloned(value, maxLength, depth - 1) ?? refused
}
