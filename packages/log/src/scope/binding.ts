import { type Frame, frames } from '@clew/internal/requests/frame'
import { optionsOf } from '../errors.ts'

/** Any function: arguments, result and `this` stay as they are. */
export type Bindable = (...args: never[]) => unknown

/**
 * `fn` as a function that runs in the context that is current now: the scope, the request, and the
 * trace context of @clew/trace. Made outside of all of them, it runs outside.
 */
export function bindHere<F extends Bindable>(fn: F): F {
  return bindTo(frames.getStore(), fn, 'log.bind')
}

export function bindTo<F extends Bindable>(frame: Frame | undefined, fn: F, caller: string): F {
  if (typeof fn !== 'function') throw optionsOf(caller).error('fn', 'a function', fn)
  function bound(this: unknown, ...args: never[]): unknown {
    return frames.run(frame as Frame, () => Reflect.apply(fn, this, args))
  }
  // Some callers ask how many arguments a function takes.
  Object.defineProperty(bound, 'length', { value: fn.length, configurable: true })
  return bound as F
}
