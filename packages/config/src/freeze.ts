/** Deeper than this is refused, so that whoever walks over the value later does not run out of stack. */
export const maxDepth = 100

/** Freezes plain objects and arrays all the way down. `false`: nested deeper than {@link maxDepth}, or a `__proto__` key. */
export function freezeDeep(value: unknown): boolean {
  const seen = new Set<object>()
  const open: [unknown, number][] = [[value, 1]]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [current, depth] = next
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

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  if (Array.isArray(value)) return true
  const prototype = Object.getPrototypeOf(value)
  // An object of another realm has another Object.prototype, which again has none above it.
  return prototype === null || Object.getPrototypeOf(prototype) === null
}
