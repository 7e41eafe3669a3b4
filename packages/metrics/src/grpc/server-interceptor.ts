import { ignoredMethods } from '@clew/internal/grpc/ignored-methods'
import { methodName } from '@clew/internal/grpc/method'
import { observeServerCall } from '@clew/internal/grpc/server-call'
import type { ServerInterceptingCall, ServerInterceptor } from '@grpc/grpc-js'
import { checkFor } from '../errors.ts'
import { createCallDuration } from './call-duration.ts'

export interface ServerInterceptorOptions {
  /**
   * Methods that are not measured: `package.Service/Method`, or patterns.
   * @defaultValue those of the standard health service
   */
  readonly ignore?: readonly (string | RegExp)[] | undefined
}

/**
 * For `new Server({ interceptors: [serverInterceptor()] })` of @grpc/grpc-js: measures
 * `rpc.server.call.duration`, in seconds, by method and status. Calls of methods that the server
 * does not have are not measured: grpc-js answers them before any interceptor.
 * @throws TypeError `ERR_METRICS_OPTION`
 */
export function serverInterceptor(options: ServerInterceptorOptions = {}): ServerInterceptor {
  const check = checkFor('serverInterceptor')
  const { ignore } = check.options('options', options, ['ignore'])
  const isIgnored = ignoredMethods(check, ignore)
  const startClock = createCallDuration(
    'rpc.server.call.duration',
    'Measures the duration of an incoming Remote Procedure Call (RPC).',
  )
  return (descriptor, call) => {
    const method = methodName(descriptor.path)
    if (isIgnored(method)) return call as ServerInterceptingCall
    const stopClock = startClock(method)
    return observeServerCall(call, {
      within: (fn) => fn(),
      ended: ({ code }, isError) => stopClock(code, isError),
    })
  }
}
