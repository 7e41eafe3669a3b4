import type { ServerInterceptingCall, ServerInterceptor } from '@grpc/grpc-js'
import { forwarding } from './forwarding.ts'
import type { GrpcObserver } from './observer.ts'
import { type CallStatus, cancelledCode, deadlineExceededCode, isServerError } from './status.ts'

type ServerCall = Parameters<ServerInterceptor>[1]
type Start = ServerCall['start']

/** What a server sends. */
export type Sender = Pick<ServerCall, 'sendMetadata' | 'sendMessage' | 'sendStatus'>

/**
 * Observes a call of any kind that a server answers.
 * @param sender - sends in place of `call`
 */
export function observeServerCall(
  call: ServerCall,
  observer: GrpcObserver,
  sender?: Sender,
): ServerInterceptingCall {
  let hasEnded = false
  const end = (status: CallStatus) => {
    if (hasEnded) return
    hasEnded = true
    observer.ended(status, isServerError(status.code))
  }
  const start: Start = (listener) =>
    call.start({
      onReceiveMetadata(metadata) {
        observer.started?.(metadata)
        observer.within(() => listener.onReceiveMetadata(metadata))
      },
      onReceiveMessage: (message) => observer.within(() => listener.onReceiveMessage(message)),
      onReceiveHalfClose: () => observer.within(() => listener.onReceiveHalfClose()),
      onCancel() {
        observer.within(() => listener.onCancel())
        // After the deadline, grpc-js answers the call itself, bypassing interceptors.
        end(isLate(call) ? { code: deadlineExceededCode } : { code: cancelledCode, aborted: true })
      },
    })
  const sendStatus: Sender['sendStatus'] = (status) => {
    ;(sender ?? call).sendStatus(status)
    end(status)
  }
  return forwarding(call, { ...sender, start, sendStatus }) as unknown as ServerInterceptingCall
}

// Earlier versions of grpc-js have no `getDeadline`.
const isLate = (call: ServerCall) => Number(call.getDeadline?.()) <= Date.now()
