import type { Attributes } from '@opentelemetry/api'
import { optionCheck } from '../errors.ts'
import { runInSpan } from './span.ts'
import { checkCall, checkSpan, type SpanOptions, spanOptionNames } from './span-options.ts'

export interface TracedOptions extends SpanOptions {
  /** The name of the span. @defaultValue the name of the function */
  readonly name?: string | undefined
  /** Attributes of each span. @defaultValue none */
  readonly attributes?: Attributes | undefined
}

const optionNames = ['name', 'attributes', ...spanOptionNames] as const

/**
 * Wraps `fn`: each call runs in a span, with the same arguments, the same `this` and the same
 * result.
 *
 * @throws TypeError `ERR_TRACE_OPTION`
 */
export function traced<A extends readonly unknown[], R, T>(
  fn: (this: T, ...args: A) => R,
  options: TracedOptions = {},
): (this: T, ...args: A) => R {
  const check = optionCheck('traced')
  const { name, attributes, ...settings } = check.options('options', options, optionNames)
  checkCall(check, name ?? '', fn)
  if (attributes !== undefined) check.object('attributes', attributes)
  checkSpan(check, settings)
  const spanName = name ?? (fn.name || 'anonymous')
  const wrapped = function (this: T, ...args: A): R {
    return runInSpan(
      spanName,
      attributes,
      () => fn.apply(this, args as unknown as A & unknown[]),
      settings,
    )
  }
  Object.defineProperty(wrapped, 'name', { value: fn.name })
  Object.defineProperty(wrapped, 'length', { value: fn.length })
  return wrapped
}
