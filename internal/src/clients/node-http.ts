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
 * Observes each request of node:http and node:https. Returns a function that stops it. The channel
 * that reports a request when it is created, early enough to add a header, exists since Node 22.12;
 * before, requests are reported when their headers are sent.
 * @param begin - called once per request; returns undefined to leave the request unobserved
 */
export function watchNodeHttp(
  begin: (request: ClientRequest) => CallObserver | undefined,
): () => void {
  const observed = new WeakSet<ClientRequest>()
  const calls = new WeakMap<ClientRequest, Call>()

  const created = ({ request }: Message) => {
    if (observed.has(request)) return
    observed.add(request)
    const observer = begin(request)
    if (observer === undefined) return
    const call: Call = { observer, response: undefined, error: undefined }
    calls.set(request, call)
    request.once('close', () => observer.ended(verdictOf(request, call)))
  }

  return listen({
    'http.client.request.created': created,
    'http.client.request.start': created,
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
    // The channels report neither upgrades nor CONNECT.
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
  return { outcome: 'failed', status, error: reason ?? createIncompleteError() }
}

/**
 * `request.destroy()` without an error emits ECONNRESET, as if the peer had hung up. The state of
 * the socket tells the two apart.
 */
function isAbortedByCaller(request: ClientRequest, reason: unknown): boolean {
  const { code } = (reason ?? {}) as { readonly code?: unknown }
  const { socket } = request
  const endedByPeer = socket?.readableEnded === true || socket?.errored != null
  return request.destroyed && (code === undefined || code === 'ECONNRESET') && !endedByPeer
}

const createIncompleteError = () =>
  Object.assign(new Error('the response is incomplete'), { code: 'ECONNRESET' })
