import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { isLoopback, normalAddress } from '@clew/internal/network/address'

/**
 * Decides who may use the console: `true`, or `{ actor }` with a name for the audit reports, lets
 * the request in. Anything else, and a throw, is a 403.
 */
export type Guard = (
  request: IncomingMessage,
) => boolean | { readonly actor: string } | Promise<boolean | { readonly actor: string }>

/** Whether a request is let in, with the actor that the guard named; or why not. */
export type Admission =
  | { readonly allowed: true; readonly actor?: string }
  | { readonly allowed: false; readonly reason: string; readonly cause?: unknown }

const denied = (reason: string): Admission => ({ allowed: false, reason })

export async function admit(
  request: IncomingMessage,
  allowedHosts: readonly string[],
  guard: Guard | undefined,
): Promise<Admission> {
  if (!isAllowedHost(request, allowedHosts)) {
    return denied(
      'the Host header names neither an IP address nor localhost: add the name to allowedHosts',
    )
  }
  if (isCrossSite(request)) return denied('a page of another site may not use the debug console')
  if (guard) return askGuard(guard, request)
  if (isForwarded(request)) {
    return denied('the request came through a proxy: give the debug console a guard')
  }
  if (!isLocal(request)) {
    return denied('only this machine may use the debug console: give it a guard to open it')
  }
  return { allowed: true }
}

async function askGuard(guard: Guard, request: IncomingMessage): Promise<Admission> {
  try {
    const answer = await guard(request)
    if (answer === true) return { allowed: true }
    if (answer && typeof answer === 'object' && typeof answer.actor === 'string' && answer.actor) {
      return { allowed: true, actor: answer.actor.replace(/[^ -~]/g, '?').slice(0, 128) }
    }
    return denied('the guard refused')
  } catch (cause) {
    return { allowed: false, reason: 'the guard failed', cause }
  }
}

/**
 * Protects from DNS rebinding: a page of evil.example, whose name was made to resolve to 127.0.0.1,
 * still sends `Host: evil.example`.
 */
function isAllowedHost(request: IncomingMessage, allowedHosts: readonly string[]): boolean {
  const host = authorityOf(request)
  if (host === undefined) return false
  const name = hostnameOf(host)
  if (name === undefined) return false
  if (isIP(name) !== 0 || name === 'localhost' || name.endsWith('.localhost')) return true
  return allowedHosts.includes(name)
}

const authorityOf = ({ headers }: IncomingMessage) =>
  headers.host ?? (headers[':authority'] as string | undefined)

export function hostnameOf(host: string): string | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:[\]/@\s]+))(?::\d{1,5})?$/i.exec(host)
  return (match?.[1] ?? match?.[2])?.toLowerCase().replace(/\.$/, '')
}

/**
 * Protects from a page of another site that writes, or starts a profile, through the browser of
 * somebody who has access. A page on another port of localhost is another site too.
 */
function isCrossSite(request: IncomingMessage): boolean {
  const { origin, 'sec-fetch-site': site } = request.headers
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true
  if (origin === undefined) return false
  const host = authorityOf(request)?.toLowerCase()
  return origin.toLowerCase() !== `http://${host}` && origin.toLowerCase() !== `https://${host}`
}

/** Behind a proxy on this machine every peer looks local, so a proxy's headers are not let in. */
function isForwarded({ headers }: IncomingMessage): boolean {
  return (
    headers.forwarded !== undefined ||
    headers.via !== undefined ||
    Object.keys(headers).some((name) => name.startsWith('x-forwarded-') || name === 'x-real-ip')
  )
}

function isLocal({ socket }: IncomingMessage): boolean {
  const { remoteAddress, localAddress, destroyed } = socket
  if (remoteAddress !== undefined) return isLoopback(normalAddress(remoteAddress))
  // A Unix socket has no address at either end. A TCP peer that has just disconnected has no remote
  // address, but the local one is left.
  return !destroyed && localAddress === undefined
}

/** The address of the peer, for the audit reports. */
export function peerOf({ socket }: IncomingMessage): string {
  const { remoteAddress, remotePort } = socket
  return remoteAddress === undefined ? 'a local socket' : `${remoteAddress} port ${remotePort}`
}
