import { observeClientCall } from '@clew/internal/grpc/client-call'
import { methodName } from '@clew/internal/grpc/method'
import { isSuppressed } from '@clew/internal/telemetry/suppression'
import type { InterceptingCall, Interceptor, Metadata } from '@grpc/grpc-js'
import type { Span, TextMapSetter } from '@opentelemetry/api'
import { activeContext, runIn } from '../context/active.ts'
import { withSpan } from '../context/span-context.ts'
import { currentTracer, spanKind } from '../context/tracer.ts'
import { injectInto } from '../propagation/propagator.ts'
import { attributesOf, endSpan } from './call.ts'

const setter: TextMapSetter<Metadata> = {
  set(metadata, key, value) {
    if (metadata.get(key).length === 0) metadata.set(key, value)
  },
}

/**
 * For `new Client(address, credentials, { interceptors: [clientInterceptor()] })` of @grpc/grpc-js:
 * opens a client span for each call, and puts its context into the metadata.
 */
export function clientInterceptor(): Interceptor {
  return (options, nextCall) => {
    const call = nextCall(options)
    const parent = activeContext()
    if (isSuppressed(parent)) return call as InterceptingCall
    let span: Span | undefined
    return observeClientCall(call, {
      started(metadata) {
        const method = methodName(options.method_definition.path)
        const attributes = attributesOf(method)
        span = currentTracer().startSpan(method, { kind: spanKind.client, attributes }, parent)
        injectInto(withSpan(parent, span), metadata, setter)
      },
      within: (fn) => runIn(parent, fn),
      ended(status, isError) {
        if (span !== undefined) endSpan(span, status, isError)
      },
    })
  }
}
