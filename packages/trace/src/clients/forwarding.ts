type Method = (...args: unknown[]) => unknown

/**
 * `target` with some methods replaced; everything else is the target's own, which stays as it is.
 * @param replace - returns what stands in for a method, or undefined
 */
export function forwarding<T extends object>(
  target: T,
  replace: (name: string, method: Method) => Method | undefined,
): T {
  const made = new Map<string, { readonly method: unknown; readonly replaced: unknown }>()
  return new Proxy(target, {
    get(_target, key) {
      const value: unknown = Reflect.get(target, key)
      if (typeof key !== 'string' || typeof value !== 'function') return value
      const known = made.get(key)
      if (known?.method === value) return known.replaced
      const method: Method = value.bind(target)
      const replaced = key === 'constructor' ? value : (replace(key, method) ?? method)
      made.set(key, { method: value, replaced })
      return replaced
    },
    set: (_target, key, value) => Reflect.set(target, key, value),
  })
}

/** An object that has a method. */
export const has = (value: unknown, name: string): value is Record<string, Method> =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as Record<string, unknown>)[name] === 'function'
