import type { InterceptingCall, Interceptor } from '@grpc/grpc-js'
import { forwarding } from './forwarding.ts'
import { contextOf, type GrpcObserver } from './observer.ts'
import { isClientError } from './status.ts'

type ClientCall = ReturnType<Parameters<Interceptor>[1]>
type Start = ClientCall['start']

/** Observes a call of any kind that a client makes. */
export function observeClientCall(call: ClientCall, observer: GrpcObserver): InterceptingCall {
  // grpc-js emits responses in the context of the connection, not of the call.
  const within = contextOf(observer)
  const start: Start = (metadata, listener) => {
    observer.started?.(metadata)
    call.start(metadata, {
      onReceiveMetadata: (received) => within(() => listener?.onReceiveMetadata?.(received)),
      onReceiveMessage: (message) => within(() => listener?.onReceiveMessage?.(message)),
      onReceiveStatus(status) {
        observer.ended(status, isClientError(status.code))
        within(() => listener?.onReceiveStatus?.(status))
      },
    })
  }
  return forwarding(call, { start }) as InterceptingCall
}
