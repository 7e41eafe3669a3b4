import { registered } from '@clew/internal/telemetry/api'
import { isSuppressed } from '@clew/internal/telemetry/suppression'
import type { Context, TextMapGetter, TextMapPropagator, TextMapSetter } from '@opentelemetry/api'
import { reportCallback } from '../context/callback.ts'
import { parentOf } from '../context/span-context.ts'

/** Writes the fields of a propagator, and removes those of another context. */
export interface FieldSetter<C> extends TextMapSetter<C> {
  /** @param names - in lower case */
  remove(carrier: C, names: readonly string[]): void
}

/** Also tells whether a request that is about to be sent has any of the fields. */
export interface RequestSetter<C> extends FieldSetter<C> {
  has(request: C, names: readonly string[]): boolean
}

/**
 * Writes `context` into `carrier` with the registered propagator. What `carrier` has of another
 * context goes: headers that a caller sent and that are passed on must not win over the active span.
 */
export function injectInto<C>(context: Context, carrier: C, setter: FieldSetter<C>): void {
  const { propagation } = registered()
  if (propagation === undefined || isSuppressed(context)) return
  try {
    if (parentOf(context) !== undefined) setter.remove(carrier, propagation.fields())
    propagation.inject(context, carrier, setter)
  } catch (error) {
    reportCallback('a propagator', error)
  }
}

/**
 * The same for a request of the span in `context`. If no span was active before, a context that was
 * put into the request by hand stays.
 */
export function injectCall<C>(
  context: Context,
  isRoot: boolean,
  request: C,
  setter: RequestSetter<C>,
): void {
  if (isRoot && setter.has(request, registered().propagation?.fields() ?? [])) return
  injectInto(context, request, setter)
}

/** Adds what `carrier` brings to `context`. */
export function extractFrom<C>(context: Context, carrier: C, getter: TextMapGetter<C>): Context {
  try {
    return registered().propagation?.extract(context, carrier, getter) ?? context
  } catch (error) {
    reportCallback('a propagator', error)
    return context
  }
}

/** Several propagators as one. One that throws does not keep the others from their part. */
export function composite(propagators: readonly TextMapPropagator[]): TextMapPropagator {
  const fields = [...new Set(propagators.flatMap(fieldsOf))]
  return {
    inject(context, carrier, setter) {
      for (const propagator of propagators) {
        attempt(propagator, () => propagator.inject(context, carrier, setter))
      }
    },
    extract: (context, carrier, getter) =>
      propagators.reduce(
        (extracted, propagator) =>
          attempt(propagator, () => propagator.extract(extracted, carrier, getter)) ?? extracted,
        context,
      ),
    fields: () => fields,
  }
}

const fieldsOf = (propagator: TextMapPropagator): readonly string[] =>
  attempt(propagator, () => propagator.fields().map((name) => name.toLowerCase())) ?? []

function attempt<T>(propagator: TextMapPropagator, run: () => T): T | undefined {
  try {
    return run()
  } catch (error) {
    reportCallback(`a propagator (${propagator.constructor?.name})`, error)
    return undefined
  }
}

/** Several `tracestate` or `baggage` headers are one list (RFC 9110, 5.3). */
export function joined(value: string | string[] | undefined): string | undefined {
  const header = Array.isArray(value) ? value.join(',') : value
  return typeof header === 'string' ? header : undefined
}
