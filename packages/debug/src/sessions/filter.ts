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
}

const maxHeaders = 8
// Beside the usual names of credentials: x-auth, x-session-id, x-csrf.
const sessionPattern = /auth|session|csrf|xsrf|jwt|token|otp|(?:^|-)sid(?:-|$)/

/** Returns a checked copy: the caller's object may change later. */
export function checkedFilter(check: Check, filter: SessionFilter | undefined): SessionFilter {
  const { path, method, header } = check.options('filter', filter, ['path', 'method', 'header'])
  return Object.freeze({
    ...(path === undefined ? {} : { path: checkedPath(check, path) }),
    ...(method === undefined ? {} : { method: checkedMethod(check, method) }),
    ...(header === undefined ? {} : { header: checkedHeader(check, header) }),
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
