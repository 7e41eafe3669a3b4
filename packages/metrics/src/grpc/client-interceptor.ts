import type { InterceptingCall, Interceptor, Metadata } from '@grpc/grpc-js'
import { createCallDuration, methodOf } from './call-duration.ts'
import { forwarding } from './forwarding.ts'

/**
 * For `new Client(address, credentials, { interceptors: [clientInterceptor()] })` of @grpc/grpc-js:
 * measures `rpc.client.call.duration`, in seconds, by method and status.
 */
export function clientInterceptor(): Interceptor {
  const startClock = createCallDuration(
    'rpc.client.call.duration',
    'Measures the duration of an outgoing Remote Procedure Call (RPC).',
    (code) => code !== 0,
  )
  return (options, nextCall) => {
    const call = nextCall(options)
    return forwarding(call, {
      start(metadata: Metadata, listener: Parameters<typeof call.start>[1]) {
        const stopClock = startClock(methodOf(options.method_definition.path))
        call.start(metadata, {
          onReceiveMetadata: (received) => listener?.onReceiveMetadata?.(received),
          onReceiveMessage: (message) => listener?.onReceiveMessage?.(message),
          onReceiveStatus(status) {
            stopClock(status.code)
            listener?.onReceiveStatus?.(status)
          },
        })
      },
    }) as InterceptingCall
  }
}
