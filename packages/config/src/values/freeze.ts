/** Deeper values are refused, so that recursive code that handles them later has enough stack. */
export const maxDepth = 100

/**
 * Freezes plain objects and arrays at every level, and nothing else.
 * @returns false if the value is nested deeper than {@link maxDepth}, has a `__proto__` key, or has
 *   a part that `refuses` returns true for
 */
export function freezeDeep(
  value: unknown,
  refuses: (part: unknown) => boolean = () => false,
): boolean {
  const seen = new Set<object>()
  const open: [unknown, number][] = [[value, 1]]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [current, depth] = next
    if (refuses(current)) return false
    if (!isPlain(current) || seen.has(current)) continue
    if (depth > maxDepth || Object.hasOwn(current, '__proto__')) return false
    seen.add(current)
    Object.freeze(current)
    for (const key of Reflect.ownKeys(current)) {
      open.push([Reflect.get(current, key), depth + 1])
    }
  }
  return true
}

/**
 * A mutable copy of plain objects and arrays, as deep as {@link freezeDeep} freezes. Shares all
 * other values with the original.
 */
export function copyPlain(
  value: unknown,
  depth: number = 1,
  copies: Map<object, object> = new Map(),
): unknown {
  if (!isPlain(value) || depth > maxDepth) return value
  const known = copies.get(value)
  if (known) return known
  const copy = Array.isArray(value) ? [] : Object.create(Object.getPrototypeOf(value))
  copies.set(value, copy)
  for (const [key, property] of Object.entries(Object.getOwnPropertyDescriptors(value))) {
    if ('value' in property) {
      property.value = copyPlain(property.value, depth + 1, copies)
      property.writable = true
      property.configurable = key !== 'length' || !Array.isArray(value)
    }
    Object.defineProperty(copy, key, property)
  }
  return copy
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  if (Array.isArray(value)) return true
  const prototype = Object.getPrototypeOf(value)
  // An object of another realm has a different Object.prototype, which also has no prototype.
  return prototype === null || Object.getPrototypeOf(prototype) === null
}
