import type { IncomingMessage } from 'node:http'
import { BlockList, isIP } from 'node:net'

/** Who may use the console: `true`, or the name for the audit line, lets the request in. Anything else, and a throw, does not. */
export type Guard = (
  request: IncomingMessage,
) => boolean | { readonly actor: string } | Promise<boolean | { readonly actor: string }>

/** Let in, perhaps with a name that the guard vouches for; or not, and why. */
export type Verdict =
  | { readonly allowed: true; readonly actor?: string }
  | { readonly allowed: false; readonly reason: string; readonly cause?: unknown }

const denied = (reason: string): Verdict => ({ allowed: false, reason })

export async function admit(
  request: IncomingMessage,
  allowedHosts: readonly string[],
  guard: Guard | undefined,
): Promise<Verdict> {
  if (!hostIsOurs(request, allowedHosts))
    return denied(
      'the Host header names neither an IP address nor localhost: add the name to allowedHosts',
    )
  if (isCrossSite(request)) return denied('a page of another site may not use the debug console')
  if (guard) return asked(guard, request)
  if (isForwarded(request))
    return denied('the request came through a proxy: give the debug console a guard')
  if (!isLocal(request))
    return denied('only this machine may use the debug console: give it a guard to open it')
  return { allowed: true }
}

async function asked(guard: Guard, request: IncomingMessage): Promise<Verdict> {
  try {
    const answer = await guard(request)
    if (answer === true) return { allowed: true }
    if (answer && typeof answer === 'object' && typeof answer.actor === 'string' && answer.actor)
      return { allowed: true, actor: answer.actor.replace(/[^ -~]/g, '?').slice(0, 128) }
    return denied('the guard refused')
  } catch (cause) {
    return { allowed: false, reason: 'the guard failed', cause }
  }
}

/**
 * Against DNS rebinding: a page of evil.example whose name was pointed at 127.0.0.1 still sends `Host: evil.example`.
 */
function hostIsOurs(request: IncomingMessage, allowedHosts: readonly string[]): boolean {
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
 * Against a page of another site that writes, or starts a profile, through the browser of somebody who has access.
 * A page on another port of localhost is another site too.
 */
function isCrossSite(request: IncomingMessage): boolean {
  const { origin, 'sec-fetch-site': site } = request.headers
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true
  if (origin === undefined) return false
  const host = authorityOf(request)?.toLowerCase()
  return origin.toLowerCase() !== `http://${host}` && origin.toLowerCase() !== `https://${host}`
}

/** A proxy on this machine makes every peer look local, so its headers close the door. */
function isForwarded({ headers }: IncomingMessage): boolean {
  return (
    headers.forwarded !== undefined ||
    headers.via !== undefined ||
    Object.keys(headers).some((name) => name.startsWith('x-forwarded-') || name === 'x-real-ip')
  )
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

export function isLoopback(address: string): boolean {
  const version = isIP(address)
  return version !== 0 && loopback.check(address, version === 4 ? 'ipv4' : 'ipv6')
}

function isLocal({ socket }: IncomingMessage): boolean {
  const { remoteAddress, localAddress, destroyed } = socket
  if (remoteAddress !== undefined) return isLoopback(remoteAddress)
  // A Unix socket has no address at either end. A TCP peer that has just gone has none at its own end only.
  return !destroyed && localAddress === undefined
}

/** The peer, for the audit line. */
export function peerOf({ socket }: IncomingMessage): string {
  const { remoteAddress, remotePort } = socket
  return remoteAddress === undefined ? 'a local socket' : `${remoteAddress} port ${remotePort}`
}
