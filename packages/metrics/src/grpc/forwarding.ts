/**
 * A call with some methods replaced. Everything else, also what grpc-js may add, goes to the call.
 */
export function forwarding<C extends object>(
  call: C,
  replacements: Readonly<Record<string, unknown>>,
): C {
  return new Proxy(call, {
    get(target, key) {
      if (typeof key === 'string' && Object.hasOwn(replacements, key)) return replacements[key]
      const value: unknown = Reflect.get(target, key)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
