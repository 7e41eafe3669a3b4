import type { SpanOptions as ApiSpanOptions, Attributes, Link, Span } from '@opentelemetry/api'
import { activeContext, currentTracer, KIND, runIn, STATUS_ERROR, withSpan } from './api.ts'
import { ERROR_TYPE } from './semconv.ts'

/** How a span stands to others. */
export interface SpanOptions {
  /** What the span is for the other side. @defaultValue 'internal' */
  readonly kind?: 'internal' | 'server' | 'client' | 'producer' | 'consumer'
  /** Spans of other traces that this one has to do with: the messages of a batch, the request that queued a job. @defaultValue none */
  readonly links?: readonly Link[]
  /** Begin a new trace instead of continuing the active one. @defaultValue false */
  readonly root?: boolean
}

/**
 * Runs `fn` in a new span, a child of the active one, and returns what `fn` returns. The span ends when `fn` returns; when the promise
 * it returns settles; when the generator it returns is done. An error is recorded on the span (exception, status, `error.type`) and
 * thrown on, unchanged. Works before and without {@link configure}: `fn` then just runs.
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
  if (typeof second === 'function') return inSpan(name, undefined, second, undefined)
  return inSpan(name, second, third as (span: Span) => R, options)
}

function inSpan<R>(
  name: string,
  attributes: Attributes | undefined,
  fn: (span: Span) => R,
  options: SpanOptions | undefined,
): R {
  const settings: ApiSpanOptions = { kind: KIND[options?.kind ?? 'internal'] }
  if (attributes !== undefined) settings.attributes = attributes
  if (options?.links !== undefined) settings.links = [...options.links]
  if (options?.root !== undefined) settings.root = options.root
  const parent = activeContext()
  const opened = currentTracer().startSpan(name, settings, parent)
  const inside = withSpan(parent, opened)
  let result: R
  try {
    result = runIn(inside, () => fn(opened))
  } catch (error) {
    recordError(opened, error)
    opened.end()
    throw error
  }
  if (isThenable(result)) {
    return result.then(
      (value) => {
        opened.end()
        return value
      },
      (error) => {
        recordError(opened, error)
        opened.end()
        throw error
      },
    ) as R
  }
  if (isGenerator(result)) return followed(result, opened, (step) => runIn(inside, step)) as R
  opened.end()
  return result
}

export interface TracedOptions extends SpanOptions {
  /** @defaultValue what the function is called */
  readonly name?: string
  /** The same on each span. @defaultValue none */
  readonly attributes?: Attributes
}

/**
 * `fn` with a span around each call: same arguments, same `this`, same result.
 */
export function traced<A extends readonly unknown[], R, T>(
  fn: (this: T, ...args: A) => R,
  options: TracedOptions = {},
): (this: T, ...args: A) => R {
  const { name = fn.name || 'anonymous', attributes, ...settings } = options
  const wrapped = function (this: T, ...args: A): R {
    return inSpan(
      name,
      attributes,
      () => fn.apply(this, args as unknown as A & unknown[]),
      settings,
    )
  }
  Object.defineProperty(wrapped, 'name', { value: fn.name })
  Object.defineProperty(wrapped, 'length', { value: fn.length })
  return wrapped
}

/** Exception event, status and `error.type`. What is thrown need not be an Error. */
export function recordError(span: Span, error: unknown): void {
  if (!span.isRecording()) return
  const { name, message, stack } = describe(error)
  span.recordException(stack === undefined ? { name, message } : { name, message, stack })
  span.setStatus({ code: STATUS_ERROR, message })
  span.setAttribute(ERROR_TYPE, name)
}

function describe(error: unknown): { name: string; message: string; stack?: string } {
  try {
    if (typeof error !== 'object' || error === null)
      return { name: typeof error, message: String(error) }
    const { name, message, stack } = error as Error
    return {
      name: text(name) ?? 'Error',
      message: text(message) ?? '',
      ...(typeof stack === 'string' ? { stack } : {}),
    }
  } catch {
    return { name: 'Error', message: 'an error that cannot be read' }
  }
}

const text = (value: unknown) =>
  typeof value === 'string' && value !== '' ? value.slice(0, 1024) : undefined

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { then?: unknown }).then === 'function'
  )
}

type AnyGenerator = Generator | AsyncGenerator

function isGenerator(value: unknown): value is AnyGenerator {
  const tag = Object.prototype.toString.call(value)
  return tag === '[object Generator]' || tag === '[object AsyncGenerator]'
}

/** A generator that runs each step in the span's context, and ends the span when it is done. */
function followed(generator: AnyGenerator, span: Span, run: <R>(step: () => R) => R): AnyGenerator {
  let open = true
  const close = () => {
    if (open) span.end()
    open = false
  }
  const failed = (error: unknown): never => {
    if (open) recordError(span, error)
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
  const methods = { next: step('next'), return: step('return'), throw: step('throw') }
  const bound = (self: object) => () => self
  const wrapped: object = Object.assign(Object.create(Object.getPrototypeOf(generator)), methods)
  Object.defineProperty(
    wrapped,
    Symbol.iterator in generator ? Symbol.iterator : Symbol.asyncIterator,
    {
      value: bound(wrapped),
    },
  )
  return wrapped as AnyGenerator
}
