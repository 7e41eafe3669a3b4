/** Deeper than this is refused, so that whoever walks over the value later does not run out of stack. */
export const maxDepth = 100

/**
 * Freezes plain objects and arrays all the way down, nothing else. `false`: nested deeper than {@link maxDepth}, a `__proto__` key, or a
 * part that is refused.
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

/** A copy of plain objects and arrays that can be changed, as deep as they would be frozen. Everything else in them is the same. */
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
  // An object of another realm has another Object.prototype, which again has none above it.
  return prototype === null || Object.getPrototypeOf(prototype) === null
}
