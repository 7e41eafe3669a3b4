import type { Link } from '@opentelemetry/api'
import { spanKind } from '../context/tracer.ts'
import type { Check } from '../errors.ts'

/** How a span relates to others. */
export interface SpanOptions {
  /** The role of the span in a call or a message. @defaultValue 'internal' */
  readonly kind?: 'internal' | 'server' | 'client' | 'producer' | 'consumer' | undefined
  /**
   * Related spans of other traces: the messages of a batch, the request that queued a job.
   * @defaultValue none
   */
  readonly links?: readonly Link[] | undefined
  /** Start a new trace instead of continuing the active one. @defaultValue false */
  readonly root?: boolean | undefined
}

const kinds = Object.keys(spanKind) as readonly (keyof typeof spanKind)[]

export const spanOptionNames = ['kind', 'links', 'root'] as const

/** Checks the values; the names are checked by the caller, who may have more of them. */
export function checkSpan(check: Check, { kind, links, root }: SpanOptions): void {
  if (kind !== undefined) check.oneOf('kind', kind, kinds)
  if (links !== undefined && !Array.isArray(links)) {
    throw check.error('links', 'an array of links', links)
  }
  if (root !== undefined) check.boolean('root', root)
}

/** Checks the arguments of a function that opens a span and runs `fn` in it. */
export function checkCall(check: Check, name: unknown, fn: unknown): void {
  if (typeof name !== 'string') throw check.error('name', 'a string', name)
  if (typeof fn !== 'function') throw check.error('fn', 'a function', fn)
}
