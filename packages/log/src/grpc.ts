import type { Interceptor, ServerInterceptor } from '@grpc/grpc-js'
import { current, standard } from './logger/default-logger.ts'
import type { Logger } from './logger/logger.ts'
import { createClientInterceptor } from './requests/grpc-client.ts'
import { createServerInterceptor, type GrpcServerOptions } from './requests/grpc-server.ts'
import type { GrpcOptions } from './requests/grpc-status.ts'

export interface ServerInterceptorOptions extends GrpcOptions, GrpcServerOptions {
  /** Whose lines these are. @defaultValue the default logger, at the time of the call */
  readonly logger?: Logger
}

export interface ClientInterceptorOptions extends GrpcOptions {
  /**
   * Whose lines these are.
   * @defaultValue the logger of the scope that the call is made in, or the default one
   */
  readonly logger?: Logger
}

/**
 * For `new Server({ interceptors: [serverInterceptor()] })` of @grpc/grpc-js: a scope for each
 * call, in which its handler runs, with a closing line. Calls of methods that the server does not
 * have get none: grpc-js answers them before any interceptor.
 */
export function serverInterceptor(options?: ServerInterceptorOptions): ServerInterceptor {
  return createServerInterceptor(standard, options)
}

/**
 * For `new Client(address, credentials, { interceptors: [clientInterceptor()] })`: a line for each
 * call when it is done, in the scope that it is made in.
 */
export function clientInterceptor(options?: ClientInterceptorOptions): Interceptor {
  return createClientInterceptor(current, options)
}
