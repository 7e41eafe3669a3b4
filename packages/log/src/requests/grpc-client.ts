import type { InterceptingCall, Interceptor, Metadata } from '@grpc/grpc-js'
import { monotonicMs } from '../clock.ts'
import { type Origin, originOption } from '../engine/engine.ts'
import { optionsOf } from '../errors.ts'
import { errorSeverity, infoSeverity } from '../level.ts'
import { forwarding } from './grpc-forwarding.ts'
import { type GrpcOptions, grpcRules, methodOf, statusFields } from './grpc-status.ts'

const optionNames = ['logger', 'ignore', 'isError'] as const

/** @param current - the logger of the scope that a call is made in, or the default one */
export function createClientInterceptor(
  current: () => Origin,
  options?: GrpcOptions & { readonly logger?: object },
): Interceptor {
  const check = optionsOf('clientInterceptor')
  const { logger, ...rest } = check.options('options', options, optionNames)
  const given = originOption(check, logger)
  const { isIgnored, isError } = grpcRules(check, rest)
  return (callOptions, nextCall) => {
    const call = nextCall(callOptions)
    const { name, service, method } = methodOf(callOptions.method_definition.path)
    if (isIgnored(name)) return call as InterceptingCall
    return forwarding(call, {
      start(metadata: Metadata, listener: Parameters<typeof call.start>[1]) {
        const origin = given ?? current()
        const { engine } = origin
        // Answers come in the context of the connection: the scope is that of the call.
        const scope = engine.scope()
        const startMs = monotonicMs()
        call.start(metadata, {
          onReceiveMetadata: (received) => listener?.onReceiveMetadata?.(received),
          onReceiveMessage: (message) => listener?.onReceiveMessage?.(message),
          onReceiveStatus(status) {
            const { code, details } = status
            engine.record(origin, scope, isError(code) ? errorSeverity : infoSeverity, {
              msg: 'finished client gRPC call',
              fields: {
                'grpc.service': service,
                'grpc.method': method,
                ...statusFields(code, details),
                'grpc.time_ms': Math.round(monotonicMs() - startMs),
              },
              err: undefined,
            })
            listener?.onReceiveStatus?.(status)
          },
        })
      },
    }) as InterceptingCall
  }
}
