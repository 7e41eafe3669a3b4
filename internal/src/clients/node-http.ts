import type { ClientRequest, IncomingMessage } from 'node:http'
import { type CallObserver, type CallVerdict, isAbortError } from './call.ts'
import { listen } from './channels.ts'
import { OpenBodies, type OpenBody } from './open-bodies.ts'

/**
 * Host and port of the server that a request goes to, `[::1]:8080`, in lower case; without the port
 * if it is that of the protocol. Node keeps the port in the `Host` header only, which may be copied
 * from a caller of this service: it counts if its host is this one.
 */
export function authorityOf(request: ClientRequest): string {
  const host = (request.host.includes(':') ? `[${request.host}]` : request.host).toLowerCase()
  const header = String(request.getHeader('host') ?? '').toLowerCase()
  return header.startsWith(`${host}:`) ? header : host
}

interface Message {
  readonly request: ClientRequest
}

/** One request that is observed. */
class Call implements OpenBody {
  readonly observer: CallObserver
  response: IncomingMessage | undefined = undefined
  error: unknown = undefined
  private readonly request: ClientRequest
  private isOpen = true

  constructor(request: ClientRequest, observer: CallObserver) {
    this.request = request
    this.observer = observer
  }

  received(): number {
    return this.request.socket?.bytesRead ?? 0
  }

  leave(endedMs: number): void {
    const status = this.response?.statusCode
    this.end({ outcome: 'answered', status, error: undefined, endedMs })
  }

  end(verdict: CallVerdict): void {
    if (!this.isOpen) return
    this.isOpen = false
    this.observer.ended(verdict)
  }
}

/**
 * Observes each request of node:http and node:https. Returns a function that stops it, and ends what
 * is observed of the requests whose bodies are still open. The channel that reports a request when it
 * is created, early enough to add a header, exists since Node 22.12; before, requests are reported
 * when their headers are sent.
 * @param begin - called once per request; returns undefined to leave the request unobserved
 * @param idleMs - for tests
 */
export function watchNodeHttp(
  begin: (request: ClientRequest) => CallObserver | undefined,
  idleMs?: number,
): () => void {
  const observed = new WeakSet<ClientRequest>()
  const calls = new WeakMap<ClientRequest, Call>()
  const bodies = new OpenBodies(idleMs)

  const created = ({ request }: Message) => {
    if (observed.has(request)) return
    observed.add(request)
    const observer = begin(request)
    if (observer === undefined) return
    const call = new Call(request, observer)
    calls.set(request, call)
    request.once('close', () => {
      bodies.delete(call)
      call.end(verdictOf(request, call))
    })
  }

  const stop = listen({
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
      bodies.add(call)
      call.observer.answered?.({ status, httpVersion, headers })
    },
    'http.client.request.error': ({ request, error }: Message & { readonly error: unknown }) => {
      const call = calls.get(request)
      if (call !== undefined) call.error = error
    },
  })
  return () => {
    stop()
    bodies.close()
  }
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
