import { registered } from '@clew/internal/telemetry/api'
import type { Context, TextMapGetter, TextMapPropagator, TextMapSetter } from '@opentelemetry/api'

/** Writes `context` into `carrier` with the registered propagator. */
export function injectInto<C>(context: Context, carrier: C, setter: TextMapSetter<C>): void {
  registered().propagation?.inject(context, carrier, setter)
}

/** Adds what `carrier` brings to `context`. */
export function extractFrom<C>(context: Context, carrier: C, getter: TextMapGetter<C>): Context {
  return registered().propagation?.extract(context, carrier, getter) ?? context
}

/** Several propagators as one. */
export function composite(propagators: readonly TextMapPropagator[]): TextMapPropagator {
  return {
    inject(context, carrier, setter) {
      for (const propagator of propagators) propagator.inject(context, carrier, setter)
    },
    extract: (context, carrier, getter) =>
      propagators.reduce(
        (extracted, propagator) => propagator.extract(extracted, carrier, getter),
        context,
      ),
    fields: () => [...new Set(propagators.flatMap((propagator) => propagator.fields()))],
  }
}

/** Several `tracestate` or `baggage` headers are one list (RFC 9110, 5.3). */
export function joined(value: string | string[] | undefined): string | undefined {
  const header = Array.isArray(value) ? value.join(',') : value
  return typeof header === 'string' ? header : undefined
}
