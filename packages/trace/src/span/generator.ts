import type { Span } from '@opentelemetry/api'
import { recordError } from './error.ts'
import { isThenable } from './promise.ts'

export type AnyGenerator = Generator | AsyncGenerator

export function isGenerator(value: unknown): value is AnyGenerator {
  const tag = Object.prototype.toString.call(value)
  return tag === '[object Generator]' || tag === '[object AsyncGenerator]'
}

/** Wraps a generator: each step runs with `run`, and the last one ends the span. */
export function tracedGenerator(
  generator: AnyGenerator,
  span: Span,
  run: <R>(step: () => R) => R,
): AnyGenerator {
  let isOpen = true
  const close = () => {
    if (isOpen) span.end()
    isOpen = false
  }
  const failed = (error: unknown): never => {
    if (isOpen) recordError(span, error)
    close()
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
