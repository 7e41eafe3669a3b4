import { observeClientCall } from '@clew/internal/grpc/client-call'
import { methodName } from '@clew/internal/grpc/method'
import type { Interceptor } from '@grpc/grpc-js'
import { createCallDuration } from './call-duration.ts'

/**
 * For `new Client(address, credentials, { interceptors: [clientInterceptor()] })` of @grpc/grpc-js:
 * measures `rpc.client.call.duration`, in seconds, by method and status.
 */
export function clientInterceptor(): Interceptor {
  const startClock = createCallDuration(
    'rpc.client.call.duration',
    'Measures the duration of an outgoing Remote Procedure Call (RPC).',
  )
  return (options, nextCall) => {
    let stopClock: ReturnType<typeof startClock> | undefined
    return observeClientCall(nextCall(options), {
      started() {
        stopClock = startClock(methodName(options.method_definition.path))
      },
      within: (fn) => fn(),
      ended: ({ code }, isError) => stopClock?.(code, isError),
    })
  }
}
