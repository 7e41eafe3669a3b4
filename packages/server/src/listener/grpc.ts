import { ServerError } from '../errors.ts'
import { type BoundAddress, boundPort, formatTarget, type ListenTarget } from './address.ts'
import { listenError } from './listener.ts'

/** A server of `@grpc/grpc-js`, as far as it is used. */
export interface GrpcServer {
  bindAsync(
    address: string,
    // biome-ignore lint/suspicious/noExplicitAny: `ServerCredentials` of `@grpc/grpc-js`
    credentials: any,
    callback: (error: Error | null, port: number) => void,
  ): void
  tryShutdown(callback: (error?: Error) => void): void
  forceShutdown(): void
}

/** Binds it, or rejects with `ERR_SERVER_LISTEN`. */
export async function bindGrpc(
  server: GrpcServer,
  credentials: unknown,
  target: ListenTarget,
): Promise<BoundAddress> {
  const hosts = 'path' in target || target.host ? [formatTarget(target)] : wildcards(target.port)
  let failure: unknown
  for (const address of hosts) {
    try {
      return boundGrpc(target, await tryToBind(server, credentials, address))
    } catch (error) {
      failure = error
    }
  }
  throw listenError(target, failure)
}

/** The second one for machines without IPv6. */
const wildcards = (port: number) => [`[::]:${port}`, `0.0.0.0:${port}`]

function tryToBind(server: GrpcServer, credentials: unknown, address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (error, port) => {
      if (error) reject(error)
      else resolve(port)
    })
  })
}

function boundGrpc(target: ListenTarget, port: number): BoundAddress {
  return 'path' in target
    ? { url: `unix:${target.path}`, path: target.path }
    : boundPort('grpc', target.host ?? '::', port)
}

/** Lets the calls end; rejects when those that are left after `limitMs` have been cut. */
export function stopGrpc(server: GrpcServer, limitMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      server.forceShutdown()
      reject(
        new ServerError('ERR_SERVER_CLOSING', `calls were cut after ${Math.round(limitMs)} ms`),
      )
    }, limitMs)
    server.tryShutdown((error) => {
      clearTimeout(timer)
      if (error) reject(error)
      else resolve()
    })
  })
}
