import type { Checker } from '../checker/checker.ts'
import { optionCheck } from '../errors.ts'
import { type ServingStatus, servingStatus } from '../protocol/messages.ts'
import {
  definition,
  type Fault,
  type GrpcServerLike,
  type HealthMethods,
  type UnaryCall,
} from './definition.ts'
import { createWatchers } from './watchers.ts'

export interface HealthServiceOptions {
  /**
   * Full names of services, such as `shop.v1.Orders`, that clients may ask for beside the server as
   * a whole (the empty name). All of them say what readiness says; any other is unknown.
   *
   * @defaultValue []
   */
  readonly services?: readonly string[] | undefined
  /**
   * How often the dependencies are pinged while somebody watches, in milliseconds (integer, 100 to
   * 2 147 483 647). Not more often than the checker's `cacheMs`. @defaultValue 5000
   */
  readonly watchMs?: number | undefined
  /**
   * How many calls of `Watch` are open at the same time (integer, at least 1); the next one gets
   * RESOURCE_EXHAUSTED. @defaultValue 1000
   */
  readonly maxWatchers?: number | undefined
}

// Of https://grpc.io/docs/guides/status-codes/.
const notFound = 5
const resourceExhausted = 8

/**
 * Adds the service `grpc.health.v1.Health` (`Check`, `List` and `Watch`) to a server of
 * @grpc/grpc-js: `SERVING` while readiness is 200, `NOT_SERVING` otherwise and from `drain` on. Calls
 * of `Watch` end then, since the server could not close before them.
 *
 * @throws TypeError `ERR_HEALTH_OPTION`
 */
export function addHealthService(
  server: GrpcServerLike,
  checker: Pick<Checker, 'answer' | 'subscribe' | 'drainSignal'>,
  options?: HealthServiceOptions,
): void {
  const { names, watchMs, maxWatchers } = checkedOptions(server, options)

  async function readiness(): Promise<ServingStatus> {
    const { status } = await checker.answer('ready')
    return status === 200 ? servingStatus.serving : servingStatus.notServing
  }

  const watchers = createWatchers(checker, readiness, watchMs)
  const unknown = ({ request }: UnaryCall): Fault | undefined =>
    names.has(request.service)
      ? undefined
      : { code: notFound, details: 'this server has no service of that name' }

  const methods: HealthMethods = {
    check(call, callback) {
      const fault = unknown(call)
      if (fault) callback(fault)
      else void readiness().then((status) => callback(null, status))
    },
    list(_call, callback) {
      void readiness().then((status) =>
        callback(null, new Map([...names].map((name) => [name, status] as const))),
      )
    },
    watch(call) {
      if (watchers.size >= maxWatchers) {
        const details = `${maxWatchers} clients watch already`
        call.emit('error', { code: resourceExhausted, details })
        return
      }
      watchers.add(call, !names.has(call.request.service))
    },
  }
  server.addService(definition, methods)
}

function checkedOptions(server: GrpcServerLike, options: HealthServiceOptions | undefined) {
  const check = optionCheck('health.addHealthService')
  const optionNames = ['services', 'watchMs', 'maxWatchers'] as const
  if (typeof (server as GrpcServerLike | undefined)?.addService !== 'function') {
    throw check.error('server', 'a server of @grpc/grpc-js', server)
  }
  const given = check.options('options', options, optionNames)
  const { services = [], watchMs = 5_000, maxWatchers = 1_000 } = given
  return {
    names: new Set(['', ...check.strings('services', services)]),
    watchMs: check.milliseconds('watchMs', watchMs, 100),
    maxWatchers: check.integer('maxWatchers', maxWatchers, { min: 1 }),
  }
}
