import type { Metadata } from '@grpc/grpc-js'
import type { CallStatus } from './status.ts'

/** Receives the events of one call from an interceptor. No method may throw. */
export interface GrpcObserver {
  /**
   * Called before the metadata is passed on, to the handler or to the server. A client sends what it
   * returns instead: the metadata belongs to the caller, who may use it again.
   */
  started?(metadata: Metadata): Metadata | void
  /** Runs `fn`, which handles an event of the call, in the context of the call. */
  within(fn: () => void): void
  /**
   * Called once.
   * @param isError - whether the status is an error on this side of the call
   */
  ended(status: CallStatus, isError: boolean): void
}
