/**
 * A copy that shares nothing with the original, has no prototypes and cannot be changed. Throws for
 * a property `__proto__`, and for values that are nested too deeply.
 */
export function frozenCopy<T>(value: T, depth = 16): T {
  if (typeof value !== 'object' || value === null) return value
  if (depth === 0) throw new RangeError('nested too deeply')
  if (Array.isArray(value)) {
    return Object.freeze(value.map((item) => frozenCopy(item, depth - 1))) as T
  }
  const copy = Object.create(null)
  // Object.assign of the claims would make it the prototype of the result.
  if (Object.hasOwn(value, '__proto__')) throw new TypeError('__proto__ is not allowed')
  for (const key of Object.keys(value)) {
    copy[key] = frozenCopy((value as Record<string, unknown>)[key], depth - 1)
  }
  return Object.freeze(copy)
}
