import type { IncomingMessage } from 'node:http'
import { SecurityError } from './errors.ts'
import type { Scheme } from './scheme.ts'

/** Who sends the request, as one scheme has found out. Frozen. */
export interface Principal {
  /** Name of the scheme that accepted the credential. */
  readonly scheme: string
  /** The user of Basic, the owner of an API key, the `sub` of a JWT. */
  readonly subject: string
  /** What the credential may do: granted scopes, whether declared or not. */
  readonly scopes: readonly string[]
  /** The claims of a JWT, or what `verify` returned; frozen at every level and without prototypes. */
  readonly claims: Readonly<Record<string, unknown>>
}

/** What this package knows about a request in progress. */
export interface RequestState {
  principals: readonly Principal[]
  /** Below which mount path a guard outside of any route has let the request in. */
  covered: string | undefined
  /** How many protected routes the request is in right now. */
  depth: number
}

// On the request itself: the ESM and the CommonJS copy in one process see the same, and it costs a tenth of a WeakMap.
const stateKey = Symbol.for('@clew/security/request/v1')
type Stateful = IncomingMessage & { [stateKey]?: RequestState }

export function stateOf(req: IncomingMessage): RequestState {
  const request = req as Stateful
  request[stateKey] ??= { principals: [], covered: undefined, depth: 0 }
  return request[stateKey]
}

/** Whether such a guard stands above the place where the request is now. */
export function isCovered({ covered }: RequestState, req: IncomingMessage): boolean {
  if (covered === undefined) return false
  const base = baseOf(req)
  return covered === '' || base === covered || base.startsWith(`${covered}/`)
}

/** Express: the path below which the current router is mounted. */
export const baseOf = (req: IncomingMessage): string => (req as { baseUrl?: string }).baseUrl ?? ''

/**
 * Who sends this request, as the policy of its route has found out.
 *
 * With a scheme: what that scheme found, or undefined if another alternative let the request in. Without one: the first
 * principal of the policy (of `allOf`: that of its first scheme).
 *
 * @throws SecurityError `ERR_SECURITY_NO_PRINCIPAL` without a scheme, where no policy has authenticated the request: a route
 *   with `noSecurity`, or without a guard.
 */
export function principal(req: IncomingMessage): Principal
export function principal(req: IncomingMessage, scheme: Scheme): Principal | undefined
export function principal(req: IncomingMessage, scheme?: Scheme): Principal | undefined {
  const found = (req as Stateful)[stateKey]?.principals
  if (scheme) return found?.find((one) => one.scheme === scheme.name)
  const first = found?.[0]
  if (!first) {
    throw new SecurityError(
      'ERR_SECURITY_NO_PRINCIPAL',
      'no policy has authenticated this request: its route has noSecurity, or no guard',
    )
  }
  return first
}

/** A copy that shares nothing with the original, has no prototypes and cannot be changed. Throws at `__proto__` and great depth. */
export function frozenCopy<T>(value: T, depth = 16): T {
  if (typeof value !== 'object' || value === null) return value
  if (depth === 0) throw new RangeError('nested too deep')
  if (Array.isArray(value))
    return Object.freeze(value.map((item) => frozenCopy(item, depth - 1))) as T
  const copy = Object.create(null)
  // Whoever copies the claims with Object.assign would get it as a prototype.
  if (Object.hasOwn(value, '__proto__')) throw new TypeError('__proto__ is no name')
  for (const key of Object.keys(value))
    copy[key] = frozenCopy((value as Record<string, unknown>)[key], depth - 1)
  return Object.freeze(copy)
}
