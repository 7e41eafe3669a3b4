import { AsyncLocalStorage } from 'node:async_hooks'
import type { Context, ContextManager } from '@opentelemetry/api'

/** The same name is the same key in every copy of OpenTelemetry: that is how they share a context. */
export const contextKey = (name: string): symbol => Symbol.for(name)

/** A context as a chain of single values: one small object a step, where the api copies a Map and makes three closures. */
class Link implements Context {
  readonly #key: symbol | undefined
  readonly #value: unknown
  readonly #parent: Link | undefined
  constructor(key?: symbol, value?: unknown, parent?: Link) {
    this.#key = key
    this.#value = value
    this.#parent = parent
  }
  getValue(key: symbol): unknown {
    for (let link: Link | undefined = this; link !== undefined; link = link.#parent) {
      if (link.#key === key) return link.#value
    }
    return undefined
  }
  setValue(key: symbol, value: unknown): Context {
    return new Link(key, value, this.#key === key ? this.#parent : this)
  }
  deleteValue(key: symbol): Context {
    return this.setValue(key, undefined)
  }
}

/** A context without anything in it. */
export const ROOT: Context = new Link()

/** The key by which every OpenTelemetry SDK knows that nothing below is to be traced (`suppressTracing` of its core). */
const suppressKey = contextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING')

export const suppressed = (context: Context): Context => context.setValue(suppressKey, true)
export const isSuppressed = (context: Context): boolean => context.getValue(suppressKey) === true

/** Runs every listener of `emitter` by `run`, whoever emits and whenever it was added. */
export function bindEmitter(emitter: object, run: <R>(fn: () => R) => R): void {
  const target = emitter as {
    emit(...args: unknown[]): boolean
    listenerCount?(event: unknown): number
  }
  const { emit } = target
  target.emit = (...args) => {
    // Most events of a request have no listener.
    if (target.listenerCount?.(args[0]) === 0) return emit.apply(target, args)
    return run(() => emit.apply(target, args))
  }
}

/** A context manager on one AsyncLocalStorage: one `run` per context. */
export function contextManager(): ContextManager {
  const storage = new AsyncLocalStorage<Context>()
  return {
    active: () => storage.getStore() ?? ROOT,
    with: (context, fn, thisArg, ...args) =>
      storage.run(context, thisArg === undefined ? fn : (fn.bind(thisArg) as typeof fn), ...args),
    bind(context, target) {
      if (typeof target === 'function') {
        return function bound(this: unknown, ...args: unknown[]) {
          return storage.run(context, () => target.apply(this, args))
        } as typeof target
      }
      if (isEmitter(target)) bindEmitter(target, (fn) => storage.run(context, fn))
      return target
    },
    enable() {
      return this
    },
    disable() {
      storage.disable()
      return this
    },
  }
}

function isEmitter(value: unknown): value is object {
  return (
    typeof value === 'object' &&
    value !== null &&
    'emit' in value &&
    typeof value.emit === 'function'
  )
}
