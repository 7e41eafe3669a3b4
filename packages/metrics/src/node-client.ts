import type { ClientRequest, IncomingMessage } from 'node:http'
import { listen } from './channels.ts'
import type { Begin, Call, Target } from './client.ts'
import { isQuiet } from './quiet.ts'

/**
 * Requests of node:http and node:https, from Node's diagnostics channels. Returns what ends it. The channel that tells of a request when
 * it is made exists since Node 22.12; before, the clock starts when its head is sent.
 */
export function watchNodeHttp(begin: Begin): () => void {
  const seen = new WeakSet<ClientRequest>()
  const calls = new WeakMap<ClientRequest, Call>()

  const begun = (message: unknown) => {
    const { request } = message as { request: ClientRequest }
    if (seen.has(request)) return
    seen.add(request)
    if (isQuiet()) return
    const call = begin(request.method, targetOf(request))
    calls.set(request, call)
    // Without an answer, or with an upgrade, of which the channel below does not tell.
    request.once('close', () => {
      if (call.status === undefined) call.end()
    })
  }
  const answered = (message: unknown) => {
    const { request, response } = message as { request: ClientRequest; response: IncomingMessage }
    const call = calls.get(request)
    if (call === undefined || response.statusCode === undefined) return
    call.status = response.statusCode
    call.version = response.httpVersion
    request.once('close', () => {
      // Somebody left in the middle of the answer. A listener for errors would change what the response does with them.
      if (!response.complete) call.error ??= response.errored ?? { code: 'aborted' }
      call.end()
    })
  }
  const failed = (message: unknown) => {
    const { request, error } = message as { request: ClientRequest; error: unknown }
    const call = calls.get(request)
    if (call !== undefined) call.error = error
  }

  return listen([
    ['http.client.request.created', begun],
    ['http.client.request.start', begun],
    ['http.client.response.finish', answered],
    ['http.client.request.error', failed],
  ])
}

/**
 * The host the request is for. Not the header `Host`, which a proxy may copy from whoever calls it: of that one only the port is taken,
 * and only where it is about this host, because Node keeps the port nowhere else.
 */
function targetOf(request: ClientRequest): Target {
  const { protocol } = request
  const host = (request.host.includes(':') ? `[${request.host}]` : request.host).toLowerCase()
  const header = String(request.getHeader('host') ?? '').toLowerCase()
  const port = header.startsWith(`${host}:`) ? Number(header.slice(host.length + 1)) : 0
  return { host, port: port || (protocol === 'https:' ? 443 : 80) }
}
