import { isThenable } from '@clew/internal/requests/callback'
import type { SpanOptions as ApiSpanOptions, Attributes, Span } from '@opentelemetry/api'
import { activeContext, runIn } from '../context/active.ts'
import { withSpan } from '../context/span-context.ts'
import { spanKind, startSpan } from '../context/tracer.ts'
import { optionCheck } from '../errors.ts'
import { type Failure, recordError } from './error.ts'
import { isGenerator, tracedGenerator } from './generator.ts'
import { checkCall, checkSpan, type SpanOptions, spanOptionNames } from './span-options.ts'

const check = optionCheck('span')

/**
 * Runs `fn` in a new span, a child of the active one, and returns what `fn` returns. The span ends
 * when `fn` returns, when the promise it returns settles, or when the generator it returns is done.
 * An error is recorded on the span (exception, status, `error.type`) and rethrown unchanged. Before
 * and without {@link configure}, `fn` just runs.
 *
 * @throws TypeError `ERR_TRACE_OPTION`
 */
export function span<R>(name: string, fn: (span: Span) => R): R
export function span<R>(
  name: string,
  attributes: Attributes | undefined,
  fn: (span: Span) => R,
  options?: SpanOptions,
): R
export function span<R>(
  name: string,
  second: Attributes | undefined | ((span: Span) => R),
  third?: (span: Span) => R,
  options?: SpanOptions,
): R {
  const hasAttributes = typeof second !== 'function'
  const fn = hasAttributes ? third : second
  checkCall(check, name, fn)
  if (hasAttributes && second !== undefined) check.object('attributes', second)
  if (options !== undefined) checkSpan(check, check.options('options', options, spanOptionNames))
  return runInSpan(name, hasAttributes ? second : undefined, fn as (span: Span) => R, options)
}

/** Called when what ran in a span has ended, before the span does; with what was thrown, if so. */
export type OnEnd = (span: Span, failure: Failure | undefined) => void

export interface RunOptions extends SpanOptions {
  readonly onEnd?: OnEnd | undefined
}

/** {@link span} with options that have been checked. */
export function runInSpan<R>(
  name: string,
  attributes: Attributes | undefined,
  fn: (span: Span) => R,
  options: RunOptions | undefined,
): R {
  const settings: ApiSpanOptions = { kind: spanKind[options?.kind ?? 'internal'] }
  if (attributes !== undefined) settings.attributes = attributes
  if (options?.links !== undefined) settings.links = [...options.links]
  if (options?.root !== undefined) settings.root = options.root
  const parent = activeContext()
  const opened = startSpan(name, settings, parent)
  const inside = withSpan(parent, opened)
  const end = (failure?: Failure) => {
    if (failure !== undefined) recordError(opened, failure.error)
    options?.onEnd?.(opened, failure)
    opened.end()
  }
  let result: R
  try {
    result = runIn(inside, () => fn(opened))
  } catch (error) {
    end({ error })
    throw error
  }
  if (isThenable(result)) {
    return result.then(
      (value) => {
        end()
        return value
      },
      (error) => {
        end({ error })
        throw error
      },
    ) as R
  }
  if (isGenerator(result)) {
    return tracedGenerator(result, end, (step) => runIn(inside, step)) as R
  }
  end()
  return result
}
