import { isSuppressed } from '@clew/internal/telemetry/suppression'
import type { InterceptingCall, Interceptor, Metadata } from '@grpc/grpc-js'
import type { TextMapSetter } from '@opentelemetry/api'
import { activeContext, runIn } from '../context/active.ts'
import { withSpan } from '../context/span-context.ts'
import { currentTracer, spanKind } from '../context/tracer.ts'
import { injectInto } from '../propagation/propagator.ts'
import { attributesOf, forwarding, methodOf, recordStatus } from './call.ts'

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
    return forwarding(call, {
      start(metadata: Metadata, listener: Parameters<typeof call.start>[1]) {
        const method = methodOf(options.method_definition.path)
        const span = currentTracer().startSpan(
          method,
          { kind: spanKind.client, attributes: attributesOf(method) },
          parent,
        )
        injectInto(withSpan(parent, span), metadata, setter)
        // Answers come from the connection, which keeps the context in which it was opened.
        const within = (fn: () => void) => runIn(parent, fn)
        call.start(metadata, {
          onReceiveMetadata: (received) => within(() => listener?.onReceiveMetadata?.(received)),
          onReceiveMessage: (message) => within(() => listener?.onReceiveMessage?.(message)),
          onReceiveStatus(status) {
            recordStatus(span, status, status.code !== 0)
            span.end()
            within(() => listener?.onReceiveStatus?.(status))
          },
        })
      },
    }) as InterceptingCall
  }
}
