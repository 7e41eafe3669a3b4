import { registered } from '@clew/internal/telemetry/api'
import type { Span } from '@opentelemetry/api'
import { optionCheck } from '../errors.ts'
import { activeContext, runIn } from './active.ts'
import { parentOf, spanOf } from './span-context.ts'

const check = optionCheck('bind')

/**
 * Keeps the active trace context for later: returns `fn` as a function that runs in the context that
 * is active now, with the same arguments, the same `this` and the same result. For callbacks that
 * something else calls: a pool, a batcher, an emitter.
 *
 * @throws TypeError `ERR_TRACE_OPTION`
 */
export function bind<A extends readonly unknown[], R, T>(
  fn: (this: T, ...args: A) => R,
): (this: T, ...args: A) => R {
  if (typeof fn !== 'function') throw check.error('fn', 'a function', fn)
  const context = activeContext()
  return function (this: T, ...args: A): R {
    return runIn(context, () => fn.apply(this, args as unknown as A & unknown[]))
  }
}

/**
 * The active span, to set attributes on it or to read its ids; undefined if no trace is active. The
 * span of a request that is not sampled records nothing, and has its ids.
 */
export function active(): Span | undefined {
  if (registered().context === undefined) return undefined
  const context = activeContext()
  return parentOf(context) === undefined ? undefined : spanOf(context)
}
