import type { IncomingMessage } from 'node:http'
import type { Span } from '@opentelemetry/api'
import * as semconv from '../semconv.ts'
import type { Origin } from './origin.ts'

const maxAgentLength = 512

/**
 * Sets what is known when a request comes in. One by one: an object costs the SDK twice as much.
 */
export function describeRequest(span: Span, req: IncomingMessage, origin: Origin): void {
  const { httpVersion } = req
  span.setAttribute(semconv.networkProtocolVersion, httpVersion === '2.0' ? '2' : httpVersion)
  const { remoteAddress, remotePort, localPort } = req.socket ?? {}
  if (remoteAddress !== undefined) span.setAttribute(semconv.networkPeerAddress, remoteAddress)
  if (remotePort !== undefined) span.setAttribute(semconv.networkPeerPort, remotePort)
  const { client, scheme, isForwarded } = origin
  if (client !== undefined) span.setAttribute(semconv.clientAddress, client)
  const agent = req.headers['user-agent']
  if (agent !== undefined) {
    span.setAttribute(semconv.userAgentOriginal, agent.slice(0, maxAgentLength))
  }
  const host = hostOf(String(req.headers.host ?? req.headers[':authority'] ?? ''))
  if (host === undefined) return
  span.setAttribute(semconv.serverAddress, host.name)
  // Without a port it is that of the listener, which of a proxy's is not known.
  const port = host.port ?? (isForwarded ? (scheme === 'https' ? 443 : 80) : localPort)
  if (port !== undefined) span.setAttribute(semconv.serverPort, port)
}

interface Host {
  readonly name: string
  readonly port: number | undefined
}

// A service usually has one name: the last one is cached.
let lastAuthority = ''
let lastHost: Host | undefined

function hostOf(authority: string): Host | undefined {
  if (authority === lastAuthority) return lastHost
  const match = /^(\[[0-9a-fA-F:.]+\]|[^:/?#@\s]{1,255})(?::(\d{1,5}))?$/.exec(authority)
  lastAuthority = authority
  lastHost =
    match === null
      ? undefined
      : { name: match[1] as string, port: match[2] === undefined ? undefined : Number(match[2]) }
  return lastHost
}
