import { observeClientCall } from '@clew/internal/grpc/client-call'
import { methodName, methodParts } from '@clew/internal/grpc/method'
import { monotonicMs } from '@clew/internal/time/clock'
import type { InterceptingCall, Interceptor } from '@grpc/grpc-js'
import { type Origin, originOption } from '../engine/engine.ts'
import { optionsOf } from '../errors.ts'
import { errorSeverity, infoSeverity } from '../level.ts'
import type { Fields } from '../line/fields.ts'
import { type GrpcOptions, grpcRules, statusFields } from './grpc-status.ts'

const optionNames = ['logger', 'ignore', 'isError'] as const

/** @param current - the logger of the scope that a call is made in, or the default one */
export function createClientInterceptor(
  current: () => Origin,
  options?: GrpcOptions & { readonly logger?: object },
): Interceptor {
  const check = optionsOf('log.clientInterceptor')
  const { logger, ...rest } = check.options('options', options, optionNames)
  const given = originOption(check, logger)
  const { isIgnored, isError } = grpcRules(check, rest)
  return (callOptions, nextCall) => {
    const call = nextCall(callOptions)
    const name = methodName(callOptions.method_definition.path)
    if (isIgnored(name)) return call as InterceptingCall
    const { service, method } = methodParts(name)
    let record: ((fields: Fields, failed: boolean) => void) | undefined
    return observeClientCall(call, {
      started() {
        const origin = given ?? current()
        const { engine } = origin
        // The status comes in the context of the connection; the scope is that of the call.
        const scope = engine.scope()
        const startMs = monotonicMs()
        record = (status, failed) =>
          engine.record(origin, scope, failed ? errorSeverity : infoSeverity, {
            msg: 'finished client gRPC call',
            fields: {
              'grpc.service': service,
              'grpc.method': method,
              ...status,
              'grpc.time_ms': Math.round(monotonicMs() - startMs),
            },
            err: undefined,
          })
      },
      within: (fn) => fn(),
      ended: ({ code, details }) => record?.(statusFields(code, details), isError(code)),
    })
  }
}
