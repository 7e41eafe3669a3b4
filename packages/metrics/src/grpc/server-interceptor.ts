import type { ServerInterceptingCall, ServerInterceptor } from '@grpc/grpc-js'
import { checkFor } from '../errors.ts'
import { createCallDuration, methodOf } from './call-duration.ts'
import { forwarding } from './forwarding.ts'

export interface ServerInterceptorOptions {
  /**
   * Methods that are not measured: `package.Service/Method`, or patterns.
   * @defaultValue those of the standard health service
   */
  readonly ignore?: readonly (string | RegExp)[] | undefined
}

const ignoredByDefault: readonly (string | RegExp)[] = [/^grpc\.health\.v1\.Health\//]

// UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE and DATA_LOSS: the errors of a
// server in the semantic conventions.
const serverErrors: ReadonlySet<number> = new Set([2, 4, 12, 13, 14, 15])
const cancelled = 1

/**
 * For `new Server({ interceptors: [serverInterceptor()] })` of @grpc/grpc-js: measures
 * `rpc.server.call.duration`, in seconds, by method and status. Calls of methods that the server
 * does not have are not measured: grpc-js answers them before any interceptor.
 * @throws TypeError `ERR_METRICS_OPTION`
 */
export function serverInterceptor(options: ServerInterceptorOptions = {}): ServerInterceptor {
  const check = checkFor('serverInterceptor')
  const { ignore = ignoredByDefault } = check.options('options', options, ['ignore'])
  if (!Array.isArray(ignore)) throw check.error('ignore', 'an array', ignore)
  const startClock = createCallDuration(
    'rpc.server.call.duration',
    'Measures the duration of an incoming Remote Procedure Call (RPC).',
    (code) => serverErrors.has(code),
  )

  return (descriptor, call) => {
    const method = methodOf(descriptor.path)
    if (
      ignore.some((entry) => (typeof entry === 'string' ? entry === method : entry.test(method)))
    ) {
      return call as ServerInterceptingCall
    }
    const stopClock = startClock(method)
    return forwarding(call, {
      start(listener: Parameters<typeof call.start>[0]) {
        call.start({
          onReceiveMetadata: (metadata) => listener.onReceiveMetadata(metadata),
          onReceiveMessage: (message) => listener.onReceiveMessage(message),
          onReceiveHalfClose: () => listener.onReceiveHalfClose(),
          onCancel() {
            stopClock(cancelled)
            listener.onCancel()
          },
        })
      },
      sendStatus(status: Parameters<typeof call.sendStatus>[0]) {
        call.sendStatus(status)
        stopClock(status.code)
      },
    }) as unknown as ServerInterceptingCall
  }
}
