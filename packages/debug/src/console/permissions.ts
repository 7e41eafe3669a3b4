import type { Check } from '../errors.ts'
import type { Refusal } from './answer.ts'
import type { DebugRequest } from './request.ts'

/** `read`: GET and HEAD, profiles too. `write`: whatever changes something as well. */
export type Access = 'none' | 'read' | 'write'

const endpoints = [
  'live',
  'requests',
  'lines',
  'sessions',
  'profiles',
  'pprof',
  'stalls',
  'retainers',
  'heapsnapshot',
  'health',
  'security',
  'configuration',
  'build',
  'report',
] as const
export type Endpoint = (typeof endpoints)[number]

/** What may be done, below each path: all of it by default, but for `heapsnapshot`. */
export type AccessOptions = {
  /** Caps all others. @defaultValue `'write'` */
  readonly max?: Access | undefined
  /** A snapshot contains every string of the program, secrets too. @defaultValue `'none'` */
  readonly heapsnapshot?: Access | undefined
} & { readonly [name in Endpoint]?: Access | undefined }

const defaultAccess = (name: keyof AccessOptions): Access =>
  name === 'heapsnapshot' ? 'none' : 'write'

export interface Permissions {
  /** What is allowed there, with the cap applied. */
  of(endpoint: Endpoint): Access
  /** Why a request that was let in may not do what it asks; undefined if it may. */
  refusalOf(request: DebugRequest): Refusal | undefined
}

const levels: readonly Access[] = ['none', 'read', 'write']
const isEndpoint = (name: string): name is Endpoint =>
  (endpoints as readonly string[]).includes(name)

/** @param check - of the options that `access` is one of */
export function createPermissions(check: Check, access: AccessOptions | undefined): Permissions {
  const given = check.options('access', access, ['max', ...endpoints])
  const level = (name: keyof AccessOptions) =>
    check.oneOf(`access.${name}`, given[name] ?? defaultAccess(name), levels)
  const max = levels.indexOf(level('max'))
  const allowed = new Map(
    endpoints.map((name) => [name, levels[Math.min(max, levels.indexOf(level(name)))] as Access]),
  )
  const of = (endpoint: Endpoint) => allowed.get(endpoint) ?? 'none'

  return {
    of,
    refusalOf(request) {
      const endpoint = endpointOf(request)
      if (endpoint === undefined) return undefined
      const isAllowed = of(endpoint)
      if (isAllowed === 'write' || (isAllowed === 'read' && isRead(request))) return undefined
      const reason = `the console was created with ${isAllowed === 'none' ? 'no' : 'only read'} access to ${endpoint}`
      return { status: 403, reason }
    },
  }
}

/** Clue's switch opens and closes sessions. */
function endpointOf({ path, query }: DebugRequest): Endpoint | undefined {
  if (path === '') return query.has('debug-logs') ? 'sessions' : undefined
  const [first = ''] = path.split('/')
  return isEndpoint(first) ? first : undefined
}

/** Go's protocol asks for symbols by a POST, which changes nothing. */
const isRead = ({ req: { method }, path }: DebugRequest) =>
  method === 'GET' || method === 'HEAD' || path === 'pprof/symbol'
