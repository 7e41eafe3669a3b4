import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { isLoopback, normalAddress } from '@clew/internal/network/address'
import { hasProxySign } from '@clew/internal/network/proxy-signs'
import { findRecord } from '@clew/internal/requests/slot'
import { pathBelowDebug } from './request.ts'

/**
 * Decides who may use the console: `true`, or `{ actor }` with a name for the audit reports, lets
 * the request in. Anything else is a 403; a throw, and no answer in time, a 503.
 */
export type Guard = (
  request: IncomingMessage,
) => boolean | { readonly actor: string } | Promise<boolean | { readonly actor: string }>

/** Whether a request is let in, with the actor that the guard named; or why not. */
export type Admission =
  | { readonly allowed: true; readonly actor?: string }
  | { readonly allowed: false; readonly reason: string; readonly cause?: unknown }

const denied = (reason: string): Admission => ({ allowed: false, reason })

export interface AccessRules {
  readonly allowedHosts: readonly string[]
  readonly guard?: Guard | undefined
  readonly guardTimeoutMs: number
}

export async function admit(
  request: IncomingMessage,
  { allowedHosts, guard, guardTimeoutMs }: AccessRules,
): Promise<Admission> {
  if (!isAllowedHost(request, allowedHosts)) {
    return denied(
      'the Host header names neither an IP address nor localhost: add the name to allowedHosts',
    )
  }
  if (isCrossSite(request) && !isVisit(request)) {
    return denied('a page of another site may not use the debug console')
  }
  if (guard) return askGuard(guard, guardTimeoutMs, request)
  // The guard of the listener, of `@clew/server` for example, has let the request in.
  const admitted = findRecord(request)?.admitted
  if (admitted) return { allowed: true, ...(admitted.actor && { actor: actorOf(admitted.actor) }) }
  // Behind a proxy on this machine every peer looks local.
  if (hasProxySign(request)) {
    return denied('the request came through a proxy: give the debug console a guard')
  }
  if (!isLocal(request)) {
    return denied('only this machine may use the debug console: give it a guard to open it')
  }
  return { allowed: true }
}

async function askGuard(
  guard: Guard,
  timeoutMs: number,
  request: IncomingMessage,
): Promise<Admission> {
  let timer: NodeJS.Timeout | undefined
  try {
    const timeout = new Promise<never>((_, reject) => {
      const late = () => reject(new Error(`it did not answer within ${timeoutMs} ms`))
      timer = setTimeout(late, timeoutMs)
    })
    const answer = await Promise.race([guard(request), timeout])
    if (answer === true) return { allowed: true }
    if (answer && typeof answer === 'object' && typeof answer.actor === 'string' && answer.actor) {
      return { allowed: true, actor: actorOf(answer.actor) }
    }
    return denied('the guard refused')
  } catch (cause) {
    return { allowed: false, reason: 'the guard failed', cause }
  } finally {
    clearTimeout(timer)
  }
}

const actorOf = (actor: string) => actor.replace(/[^ -~]/g, '?').slice(0, 128)

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

/** A link in a runbook: a person opens the page itself, which no other page can frame or read. */
function isVisit(request: IncomingMessage): boolean {
  const { 'sec-fetch-mode': mode, 'sec-fetch-dest': destination, origin } = request.headers
  const isPage = pathBelowDebug(request) === ''
  const isGet = request.method === 'GET' && origin === undefined
  return isPage && isGet && mode === 'navigate' && destination === 'document'
}

/**
 * Both ends must be loopback: a sidecar (Istio's 127.0.0.6) connects to the address of the pod with
 * what came from outside.
 */
function isLocal({ socket }: IncomingMessage): boolean {
  const { remoteAddress, localAddress, destroyed } = socket
  // A Unix socket has no address at either end. A TCP peer that has just disconnected has no remote
  // address, but the local one is left.
  if (remoteAddress === undefined) return !destroyed && localAddress === undefined
  return (
    localAddress !== undefined &&
    isLoopback(normalAddress(remoteAddress)) &&
    isLoopback(normalAddress(localAddress))
  )
}

/** The address of the peer, for the audit reports. */
export function peerOf({ socket }: IncomingMessage): string {
  const { remoteAddress, remotePort } = socket
  return remoteAddress === undefined ? 'a local socket' : `${remoteAddress} port ${remotePort}`
}
