const key: unique symbol = Symbol.for('@clew/log/v1') as never
const home = globalThis as { [key]?: Record<string, unknown> }
home[key] ??= {}
const state = home[key]

/**
 * A part of the state of the process, which the ESM and the CommonJS copy of this package share.
 * Its owner keeps what this returns: that is faster than looking it up, and a test runner may have
 * emptied `globalThis` by the time a late line is logged.
 */
export function processState<T extends object>(name: string, create: () => T): T {
  state[name] ??= create()
  return state[name] as T
}
