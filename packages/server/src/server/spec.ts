import type { Server as HttpServer } from 'node:http'
import { createCheck, type ServerCheck } from '../errors.ts'
import {
  type Application,
  applicationOf,
  type FastifyApp,
  type KoaApp,
  type NestApp,
} from '../frameworks/application.ts'
import { isLoopback, type ListenTarget, parseAddress } from '../listener/address.ts'
import type { GrpcServer } from '../listener/grpc.ts'
import {
  type ListenerSettings,
  listenerOptionNames,
  listenerSettingsOf,
} from '../options/listener-settings.ts'
import type { GrpcOptions, LifecycleOptions, ListenerOptions } from '../options/options.ts'
import type { Handler } from '../options/parts.ts'

/** One of the listeners of a lifecycle: what `listener` and `grpc` return. */
export interface Listener {
  readonly kind: 'http' | 'grpc'
}

export interface HttpSpec extends Listener {
  readonly kind: 'http'
  /** As it was given, for the audit. */
  readonly app: unknown
  readonly application: Application
  readonly settings: ListenerSettings
}

export interface GrpcSpec extends Listener {
  readonly kind: 'grpc'
  readonly server: GrpcServer
  readonly credentials: unknown
  readonly address: ListenTarget
}

/** A server that the application lets listen itself. */
export interface AttachedSpec {
  readonly kind: 'attached'
  readonly http: HttpServer
}

export type Spec = HttpSpec | GrpcSpec | AttachedSpec

/**
 * An HTTP listener of a `lifecycle`.
 * @throws {TypeError} `ERR_SERVER_OPTION`, naming the option and the value received
 */
export function listener(
  handler: Handler | FastifyApp | KoaApp | NestApp,
  options: ListenerOptions = {},
): Listener {
  const check = createCheck('server.listener')
  return httpSpecOf(check, handler, check.options('options', options, listenerOptionNames))
}

/**
 * A gRPC server as one of the listeners of a `lifecycle`: bound with the others, shut down with
 * them. Its calls may end until the deadline, and are then cut.
 *
 * @param server - a `Server` of `@grpc/grpc-js` with its services, not bound yet
 * @throws {TypeError} `ERR_SERVER_OPTION`, naming the option and the value received
 */
export function grpc(server: GrpcServer, options: GrpcOptions): Listener {
  const check = createCheck('server.grpc')
  const given = check.options('options', options, ['credentials', 'address'])
  const { credentials, address = ':9090' } = given
  const expected = 'a Server of @grpc/grpc-js'
  if (!hasMethods(server, ['bindAsync', 'tryShutdown', 'forceShutdown'])) {
    throw check.error('server', expected, server)
  }
  if (typeof credentials !== 'object' || credentials === null) {
    // They contain private keys.
    throw check.secretError('credentials', 'ServerCredentials of @grpc/grpc-js')
  }
  const spec: GrpcSpec = {
    kind: 'grpc',
    server,
    credentials,
    address: parseAddress(check, 'address', address),
  }
  return spec
}

/** @param options - without unknown names */
export function httpSpecOf(check: ServerCheck, app: unknown, options: ListenerOptions): HttpSpec {
  const application = applicationOf(app)
  if (application === undefined) {
    const expected = 'a function (req, res), or an application of Fastify, Koa or Nest'
    throw check.error('handler', expected, app)
  }
  return { kind: 'http', app, application, settings: listenerSettingsOf(check, options) }
}

export function attachedSpecOf(check: ServerCheck, http: unknown): AttachedSpec {
  if (!isNodeServer(http)) {
    throw check.error('http', 'a server of node:http, node:https or node:http2', http)
  }
  return { kind: 'attached', http }
}

/**
 * The listeners of a lifecycle. A server of Node's own is one that the application binds. A process
 * that only works, such as a consumer of a queue, has none but that for `admin`.
 */
export function specsOf(
  check: ServerCheck,
  listeners: readonly (Listener | HttpServer)[],
  { admin }: LifecycleOptions,
): Spec[] {
  if (!Array.isArray(listeners)) {
    throw check.error('listeners', 'an array of listeners', listeners)
  }
  if (listeners.length === 0 && admin === undefined) {
    throw check.error('listeners', 'at least one listener, unless there is `admin`', listeners)
  }
  return listeners.map((each: Listener | HttpServer, index) => {
    if (isNodeServer(each)) return { kind: 'attached', http: each }
    const { kind } = (each ?? {}) as Partial<Listener>
    if (kind === 'http' || kind === 'grpc') return each as HttpSpec | GrpcSpec
    const expected = 'what server.listener() or server.grpc() returns, or a server of node:http'
    throw check.error(`listeners[${index}]`, expected, each)
  })
}

/** Whether only this machine can reach it. What is not known yet is not warned of. */
export function isLocal(spec: Spec): boolean {
  if (spec.kind === 'attached') return false
  return isLoopback(spec.kind === 'http' ? spec.settings.address : spec.address)
}

const isNodeServer = (value: unknown): value is HttpServer =>
  hasMethods(value, ['listen', 'close', 'emit', 'address'])

function hasMethods(value: unknown, names: readonly string[]): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    names.every((name) => typeof (value as Record<string, unknown>)[name] === 'function')
  )
}
