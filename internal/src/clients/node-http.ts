import type { ClientRequest, IncomingMessage } from 'node:http'
import { type CallObserver, type CallVerdict, isAbortError } from './call.ts'
import { listen } from './channels.ts'

interface Message {
  readonly request: ClientRequest
}

interface Call {
  readonly observer: CallObserver
  response: IncomingMessage | undefined
  error: unknown
}

/**
 * Observes each request of node:http and node:https. Returns what ends it. The channel that tells of a request when it is made, early
 * enough to add a header, exists since Node 22.12; before, it is told of when its head is sent.
 * @param begin - asked once for each request; undefined: this one is not observed
 */
export function watchNodeHttp(
  begin: (request: ClientRequest) => CallObserver | undefined,
): () => void {
  const seen = new WeakSet<ClientRequest>()
  const calls = new WeakMap<ClientRequest, Call>()

  const begun = ({ request }: Message) => {
    if (seen.has(request)) return
    seen.add(request)
    const observer = begin(request)
    if (observer === undefined) return
    const call: Call = { observer, response: undefined, error: undefined }
    calls.set(request, call)
    request.once('close', () => observer.ended(verdictOf(request, call)))
  }

  return listen({
    'http.client.request.created': begun,
    'http.client.request.start': begun,
    'http.client.response.finish': ({
      request,
      response,
    }: Message & { readonly response: IncomingMessage }) => {
      const call = calls.get(request)
      const { statusCode: status, httpVersion, rawHeaders: headers } = response
      if (call === undefined || status === undefined) return
      call.response = response
      call.observer.answered?.({ status, httpVersion, headers })
    },
    'http.client.request.error': ({ request, error }: Message & { readonly error: unknown }) => {
      const call = calls.get(request)
      if (call !== undefined) call.error = error
    },
  })
}

function verdictOf(request: ClientRequest, { response, error }: Call): CallVerdict {
  const status = response?.statusCode
  if (response === undefined && error === undefined) {
    // The channels do not tell of an upgrade, nor of CONNECT.
    const isUpgraded =
      (request as { readonly upgradeOrConnect?: unknown }).upgradeOrConnect === true
    return isUpgraded
      ? { outcome: 'upgraded', status, error: undefined }
      : { outcome: 'aborted', status, error: undefined }
  }
  if (response?.complete === true && error === undefined) {
    return { outcome: 'answered', status, error: undefined }
  }
  const reason = error ?? response?.errored ?? undefined
  if (isAbortError(reason) || isAbortedByCaller(request, reason)) {
    return { outcome: 'aborted', status, error: isAbortError(reason) ? undefined : reason }
  }
  return { outcome: 'failed', status, error: reason ?? brokenOff() }
}

/** `request.destroy()` without an error makes one that looks as if the other side had hung up; the socket knows better. */
function isAbortedByCaller(request: ClientRequest, reason: unknown): boolean {
  const { code } = (reason ?? {}) as { readonly code?: unknown }
  const { socket } = request
  const endedByPeer = socket?.readableEnded === true || socket?.errored != null
  return request.destroyed && (code === undefined || code === 'ECONNRESET') && !endedByPeer
}

const brokenOff = () => Object.assign(new Error('the answer broke off'), { code: 'ECONNRESET' })
