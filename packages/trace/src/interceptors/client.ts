import { observeClientCall } from '@clew/internal/grpc/client-call'
import { methodName } from '@clew/internal/grpc/method'
import { isSuppressed } from '@clew/internal/telemetry/suppression'
import type { InterceptingCall, Interceptor, Metadata } from '@grpc/grpc-js'
import type { Span } from '@opentelemetry/api'
import { activeContext, runIn } from '../context/active.ts'
import { parentOf, withSpan } from '../context/span-context.ts'
import { spanKind, startSpan } from '../context/tracer.ts'
import { injectCall, type RequestSetter } from '../propagation/propagator.ts'
import { attributesOf, endSpan } from './call.ts'

const setter: RequestSetter<Metadata> = {
  set: (metadata, key, value) => metadata.set(key, value),
  has: (metadata, names) => names.some((name) => metadata.get(name).length > 0),
  remove(metadata, names) {
    for (const name of names) metadata.remove(name)
  },
}

/**
 * For `new Client(address, credentials, { interceptors: [clientInterceptor()] })` of @grpc/grpc-js:
 * opens a client span for each call, and sends its context in the metadata.
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
        span = startSpan(method, { kind: spanKind.client, attributes }, parent)
        // The caller's own may be sent again, with the next call.
        const sent = metadata.clone()
        injectCall(withSpan(parent, span), parentOf(parent) === undefined, sent, setter)
        return sent
      },
      within: (fn) => runIn(parent, fn),
      ended(status, isError) {
        if (span !== undefined) endSpan(span, status, isError)
      },
    })
  }
}
