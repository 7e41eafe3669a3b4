/** `call` with some methods replaced. Methods that grpc-js may add later are forwarded as well. */
export function forwarding<C extends object>(call: C, replaced: Record<string, unknown>): C {
  return new Proxy(call, {
    get(target, key) {
      if (typeof key === 'string' && Object.hasOwn(replaced, key)) return replaced[key]
      const value: unknown = Reflect.get(target, key)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
