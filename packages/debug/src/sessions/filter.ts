import { isCredentialVariable } from '@clew/internal/redaction/credential-names'
import type { Check } from '../errors.ts'
import { checkedLine } from './line.ts'

/** Which requests a session is for. A request must match all that is given. */
export interface SessionFilter {
  /**
   * The path: `/orders` (exactly), `/orders/:id` (any one segment for `:id`), `/orders/*`
   * (`/orders` and everything below it). The query string and a trailing slash do not count. At
   * most 256 characters.
   */
  readonly path?: string | undefined
  /** The method, in upper or lower case: `POST`. At most 32 characters. */
  readonly method?: string | undefined
  /**
   * Headers and their exact values: `{ 'x-tenant': 'acme' }`; the value `*` matches any. 1 to 8
   * headers. Headers that carry credentials are refused, since filters are listed and logged.
   */
  readonly header?: Readonly<Record<string, string>> | undefined
  /**
   * Who sends the request: the subject of a principal of `@clew/security`, of 1 to 256 characters.
   * Known from the moment the request is let in: lines that were held until then are written, too.
   */
  readonly user?: string | undefined
  /**
   * The trace that the request belongs to, 32 hexadecimal digits: that of its span, or of its
   * `traceparent` header.
   */
  readonly traceId?: string | undefined
  /**
   * Only this share of the requests that match the rest, above 0 and at most 1. Requests of one trace
   * are chosen together, in every process.
   */
  readonly share?: number | undefined
}

const maxHeaders = 8
// Beside the usual names of credentials: x-auth, x-session-id, x-csrf.
const sessionPattern = /auth|session|csrf|xsrf|jwt|token|otp|(?:^|-)sid(?:-|$)/

/** Returns a checked copy: the caller's object may change later. */
export function checkedFilter(check: Check, filter: SessionFilter | undefined): SessionFilter {
  const { path, method, header, user, traceId, share } = check.options('filter', filter, [
    ...['path', 'method', 'header', 'user', 'traceId', 'share'],
  ] as (keyof SessionFilter)[])
  return Object.freeze({
    ...(path === undefined ? {} : { path: checkedPath(check, path) }),
    ...(method === undefined ? {} : { method: checkedMethod(check, method) }),
    ...(header === undefined ? {} : { header: checkedHeader(check, header) }),
    ...(user === undefined ? {} : { user: checkedLine(check, 'filter.user', user, 256) }),
    ...(traceId === undefined ? {} : { traceId: checkedTraceId(check, traceId) }),
    ...(share === undefined ? {} : { share: checkedShare(check, share) }),
  })
}

function checkedPath(check: Check, value: unknown): string {
  const path = checkedLine(check, 'filter.path', value, 256)
  if (path.startsWith('/') && !/[?#]/.test(path)) return path
  throw check.error('filter.path', 'a path that starts with / and has no query', path)
}

function checkedMethod(check: Check, value: unknown): string {
  const method = checkedLine(check, 'filter.method', value, 32)
  if (/^[A-Za-z-]+$/.test(method)) return method.toUpperCase()
  throw check.error('filter.method', 'an HTTP method such as GET', method)
}

function checkedTraceId(check: Check, value: unknown): string {
  if (typeof value === 'string' && /^[0-9a-f]{32}$/i.test(value)) return value.toLowerCase()
  throw check.error('filter.traceId', '32 hexadecimal digits', value)
}

function checkedShare(check: Check, value: unknown): number {
  if (typeof value === 'number' && value > 0 && value <= 1) return value
  throw check.error('filter.share', 'a number above 0 and at most 1', value)
}

function checkedHeader(check: Check, value: object): Readonly<Record<string, string>> {
  const entries = Object.entries(check.object('filter.header', value))
  if (entries.length === 0 || entries.length > maxHeaders) {
    throw check.error('filter.header', `an object with 1 to ${maxHeaders} headers`, value)
  }
  const headers = entries.map(([key, expected]) => {
    const name = checkedHeaderName(check, key)
    return [name, checkedLine(check, `filter.header.${name}`, expected, 256)] as const
  })
  return Object.freeze(Object.fromEntries(headers))
}

function checkedHeaderName(check: Check, key: string): string {
  const name = key.toLowerCase()
  if (!/^[\w!#$%&'*+.^`|~-]{1,64}$/.test(name)) {
    throw check.error('a name in filter.header', 'a header name of 1 to 64 characters', key)
  }
  if (isCredentialVariable(name) || sessionPattern.test(name)) {
    const expected = 'a header without credentials, since filters are listed and logged'
    throw check.error('a name in filter.header', expected, name)
  }
  return name
}
