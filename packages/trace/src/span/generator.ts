import { isThenable } from '@clew/internal/requests/callback'
import type { Failure } from './error.ts'

export type AnyGenerator = Generator | AsyncGenerator

export function isGenerator(value: unknown): value is AnyGenerator {
  const tag = Object.prototype.toString.call(value)
  return tag === '[object Generator]' || tag === '[object AsyncGenerator]'
}

/** Wraps a generator: each step runs with `run`, and the last one calls `end`. */
export function tracedGenerator(
  generator: AnyGenerator,
  end: (failure?: Failure) => void,
  run: <R>(step: () => R) => R,
): AnyGenerator {
  let isOpen = true
  const close = (failure?: Failure) => {
    if (isOpen) end(failure)
    isOpen = false
  }
  const failed = (error: unknown): never => {
    close({ error })
    throw error
  }
  const stepped = (result: IteratorResult<unknown>) => {
    if (result.done) close()
    return result
  }
  const step = (method: 'next' | 'return' | 'throw') => (value?: unknown) => {
    let result: IteratorResult<unknown> | Promise<IteratorResult<unknown>>
    try {
      result = run(() => generator[method](value as never))
    } catch (error) {
      return failed(error)
    }
    return isThenable(result) ? result.then(stepped, failed) : stepped(result)
  }
  const wrapped: object = Object.assign(Object.create(Object.getPrototypeOf(generator)), {
    next: step('next'),
    return: step('return'),
    throw: step('throw'),
  })
  const iterator = Symbol.iterator in generator ? Symbol.iterator : Symbol.asyncIterator
  Object.defineProperty(wrapped, iterator, { value: () => wrapped })
  return wrapped as AnyGenerator
}
