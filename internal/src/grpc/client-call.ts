import type { InterceptingCall, Interceptor } from '@grpc/grpc-js'
import { forwarding } from './forwarding.ts'
import type { GrpcObserver } from './observer.ts'

type ClientCall = ReturnType<Parameters<Interceptor>[1]>
type Start = ClientCall['start']

/** Observes a call of any kind that a client makes. */
export function observeClientCall(call: ClientCall, observer: GrpcObserver): InterceptingCall {
  // grpc-js emits responses in the context of the connection, not of the call.
  const start: Start = (metadata, listener) => {
    call.start(observer.started?.(metadata) ?? metadata, {
      onReceiveMetadata: (received) =>
        observer.within(() => listener?.onReceiveMetadata?.(received)),
      onReceiveMessage: (message) => observer.within(() => listener?.onReceiveMessage?.(message)),
      onReceiveStatus(status) {
        observer.ended(status, status.code !== 0)
        observer.within(() => listener?.onReceiveStatus?.(status))
      },
    })
  }
  return forwarding(call, { start }) as InterceptingCall
}
