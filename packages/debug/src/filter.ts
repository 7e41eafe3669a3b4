import type { IncomingMessage } from 'node:http'
import { optionError } from './errors.ts'
import { isRecord, onlyKeys, shown, textOf } from './options.ts'

/** Which requests a session is for. All that is given must match. */
export interface SessionFilter {
  /**
   * The path: `/orders` (exactly), `/orders/:id` (any one segment for `:id`), `/orders/*` (`/orders` and all below it).
   * The query string and a slash at the end do not count. At most 256 characters.
   */
  readonly path?: string
  /** The method, in any case: `POST`. */
  readonly method?: string
  /**
   * Headers and their exact values: `{ 'x-tenant': 'acme' }`; the value `*` asks only that the header is there. At most 8.
   * Headers that carry credentials are refused, since a filter is listed and logged.
   */
  readonly header?: Readonly<Record<string, string>>
}

export type Match = (request: IncomingMessage) => boolean

const credentialHeader =
  /^(?:(?:proxy-)?authorization|cookie|set-cookie)$|api-?key|token|secret|passw/
const maxHeaders = 8

/** A checked copy: the caller's object may change later. */
export function checkedFilter(filter: unknown): SessionFilter {
  if (!isRecord(filter)) throw optionError(`filter must be an object, got ${shown(filter)}`)
  onlyKeys('filter', filter, ['path', 'method', 'header'])
  const { path, method, header } = filter
  return Object.freeze({
    ...(path === undefined ? {} : { path: checkedPath(path) }),
    ...(method === undefined ? {} : { method: checkedMethod(method) }),
    ...(header === undefined ? {} : { header: checkedHeader(header) }),
  })
}

function checkedPath(path: unknown): string {
  const text = textOf('filter.path', path, 256)
  if (text.startsWith('/') && !/[?#]/.test(text)) return text
  throw optionError(`filter.path must start with / and have no query, got ${shown(text)}`)
}

function checkedMethod(method: unknown): string {
  const text = textOf('filter.method', method, 32)
  if (/^[A-Za-z-]+$/.test(text)) return text.toUpperCase()
  throw optionError(`filter.method must be a method such as GET, got ${shown(text)}`)
}

function checkedHeader(header: unknown): Readonly<Record<string, string>> {
  if (!isRecord(header)) throw optionError(`filter.header must be an object, got ${shown(header)}`)
  const entries = Object.entries(header)
  if (entries.length === 0 || entries.length > maxHeaders)
    throw optionError(`filter.header must name 1 to ${maxHeaders} headers, got ${entries.length}`)
  const checked = entries.map(([name, value]) => {
    const key = name.toLowerCase()
    if (!/^[\w!#$%&'*+.^`|~-]{1,64}$/.test(key))
      throw optionError(`filter.header: ${shown(name)} is not the name of a header`)
    if (credentialHeader.test(key))
      throw optionError(`filter.header: ${key} carries a credential, which a filter must not hold`)
    return [key, textOf(`filter.header[${key}]`, value, 256)] as const
  })
  return Object.freeze(Object.fromEntries(checked))
}

/** `undefined` when the filter asks for nothing: then everything matches. */
export function matchOf({ path, method, header }: SessionFilter): Match | undefined {
  const tests: Match[] = []
  if (method !== undefined) tests.push((request) => request.method === method)
  if (path !== undefined) {
    const matches = pathMatcher(path)
    tests.push((request) => matches(pathOf(request)))
  }
  for (const [name, wanted] of Object.entries(header ?? {})) {
    tests.push((request) => {
      const value = request.headers[name]
      if (wanted === '*') return value !== undefined
      return Array.isArray(value) ? value.includes(wanted) : value === wanted
    })
  }
  if (tests.length === 0) return undefined
  return (request) => tests.every((test) => test(request))
}

export function pathMatcher(pattern: string): (path: string) => boolean {
  const below = pattern.endsWith('/*')
  const wanted = segmentsOf(below ? pattern.slice(0, -2) : pattern)
  return (path) => {
    const segments = segmentsOf(path)
    if (below ? segments.length < wanted.length : segments.length !== wanted.length) return false
    return wanted.every((part, i) =>
      part.startsWith(':') ? segments[i] !== '' : part === segments[i],
    )
  }
}

function segmentsOf(path: string): string[] {
  const trimmed = path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
  return trimmed.split('/').slice(1)
}

/** The whole path, also inside a mounted router (which shortens `url`), and for a proxy's absolute form. */
export function pathOf(request: IncomingMessage): string {
  const { originalUrl } = request as { originalUrl?: unknown }
  const target = typeof originalUrl === 'string' ? originalUrl : (request.url ?? '/')
  const end = target.search(/[?#]/)
  const path = end < 0 ? target : target.slice(0, end)
  return path.startsWith('/') ? path : path.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '') || '/'
}
