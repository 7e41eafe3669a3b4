import type * as grpcJs from '@grpc/grpc-js'

/** Makes the error that says which package is missing, and how to install it. */
export type MissingPeer = (message: string, cause: unknown) => Error

/** What somebody has to do who uses an optional peer dependency that is not installed. */
export const peerHint = (name: string): string =>
  `this needs the package ${name}: npm install ${name}`

/** An import that is written inside of `try` is one that bundlers allow to be absent. */
export async function loadGrpcJs(missing: MissingPeer): Promise<typeof grpcJs> {
  try {
    return await import('@grpc/grpc-js')
  } catch (cause) {
    throw missing(peerHint('@grpc/grpc-js'), cause)
  }
}
