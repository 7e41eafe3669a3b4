import type { Outcome, Refusal, TextSchema } from '../declaration/grammar.ts'
import type { Kind, VariableOptions } from '../declaration/kind.ts'
import { kindCheck, kindOf, noOptions } from '../declaration/variable-kind.ts'
import { escapeHint, mayCutPassword } from '../text/authority.ts'
import { redacted, withoutUrlCredentials } from '../text/credentials.ts'
import { protocolHint, protocolList, protocolPattern, protocolText } from './protocols.ts'

// The documented key of util.inspect.custom; importing node:util for it would cost a millisecond.
const inspect: unique symbol = Symbol.for('nodejs.util.inspect.custom') as never

/** Options of {@link url}. */
export interface UrlOptions extends VariableOptions {
  /** A string, or a URL. */
  readonly default?: string | URL
  /**
   * The accepted schemes, each with its colon: `['postgres:', 'postgresql:']`.
   * @defaultValue any
   */
  readonly protocols?: readonly string[]
  /**
   * Whether there must be a host. `false` also accepts `file:///x` and `postgres:///db`.
   * @defaultValue true
   */
  readonly requireHost?: boolean
}

/**
 * A kind for absolute URLs with a host. The value is a read-only `URL`. `console.log(url)`,
 * `util.inspect` and JSON omit its user information and the credentials in its query. As a string
 * it is complete, since clients need it: `href`, `String(url)`, template strings, and
 * `console.log('%s', url)`. **If the URL contains a password, add `.secret()`**: only then nothing
 * prints it. A URL cannot be cloned: `structuredClone` and `postMessage` throw, or on Node 20
 * return an empty object. Send its `href`.
 */
export function url(options: UrlOptions = noOptions): Kind<URL> {
  if (options !== noOptions) checkOptions(options)
  const { protocols, requireHost = true } = options
  const allowed = protocolList('url', protocols)
  return kindOf<URL>(
    {
      type: 'url',
      expected: () => expectedText(allowed),
      parse: (text) => parseUrl(text, allowed, requireHost),
      format: (value) => value.href,
      encode: urlText,
      schema: () => urlSchema(allowed),
    },
    options,
  )
}

function checkOptions(options: UrlOptions): void {
  const check = kindCheck('url')
  check.options('options', options, ['default', 'name', 'protocols', 'requireHost'])
  const { requireHost } = options
  if (requireHost !== undefined) check.boolean('requireHost', requireHost)
}

function parseUrl(
  text: string,
  allowed: readonly string[] | undefined,
  requireHost: boolean,
): Outcome<URL> {
  const colon = text.indexOf(':')
  const possible =
    (allowed === undefined || allowed.includes(text.slice(0, colon + 1).toLowerCase())) &&
    (!requireHost || hasAuthority(text, colon))
  if (possible && mayCutPassword(text, colon)) return { ok: false, fixedHint: escapeHint(text) }
  const value = possible ? readonlyUrl(text) : undefined
  // A text in the normal form needs no further check, except for characters that stay unescaped.
  if (value?.href === text && !text.includes('\\') && !text.includes(' ')) {
    return { ok: true, value }
  }
  // `new URL('file://c:/x')` takes the host for a drive letter.
  const hostLost = requireHost && value?.host === ''
  if (value && !hostLost && silentlyChanged(text) === undefined) return { ok: true, value }
  const fixedHint = silentlyChanged(text)
  return fixedHint ? { ok: false, fixedHint } : refuse(text, allowed, requireHost)
}

/** `new URL()` accepts `http:x` and `http:///x` too, with x as the host. */
function hasAuthority(text: string, colon: number): boolean {
  const start = colon + 3
  return (
    text.startsWith('//', colon + 1) && start < text.length && !'/?#'.includes(text[start] ?? '/')
  )
}

function readonlyUrl(text: string): URL | undefined {
  try {
    return Object.freeze(new ReadonlyUrl(text))
  } catch {
    return undefined
  }
}

/** What `new URL()` would remove or change without an error. */
function silentlyChanged(text: string): string | undefined {
  if (/[\s\0-\x1f\x7f]/.test(text)) return 'it contains white space or control characters'
  return text.includes('\\') ? 'it contains a backslash' : undefined
}

function expectedText(allowed: readonly string[] | undefined): string {
  return allowed ? `a URL${protocolText(allowed)}` : 'a URL such as https://example.com/path'
}

function urlText(value: unknown): string | undefined {
  return Object.prototype.toString.call(value) === '[object URL]' ? String(value) : undefined
}

function urlSchema(allowed: readonly string[] | undefined): TextSchema {
  return {
    type: 'string',
    format: 'uri',
    ...(allowed ? { pattern: `^${protocolPattern(allowed)}` } : {}),
  }
}

function refuse(
  text: string,
  allowed: readonly string[] | undefined,
  requireHost: boolean,
): Refusal {
  const [, protocol, authority = ''] =
    /^([A-Za-z][A-Za-z0-9+.-]*:)(?:\/\/([^/?#]*))?/.exec(text) ?? []
  if (protocol === undefined) return { ok: false, fixedHint: 'the scheme is missing: https://…' }
  if (allowed && !allowed.includes(protocol.toLowerCase())) {
    return { ok: false, hint: protocolHint(text, allowed) }
  }
  const host = authority.slice(authority.lastIndexOf('@') + 1).replace(/:[0-9]*$/, '')
  if (requireHost && host === '') return { ok: false, fixedHint: 'the host is missing' }
  return { ok: false, fixedHint: authorityHint(text, authority) }
}

/** What is wrong if `new URL()` refuses a text with a valid scheme and a host. */
function authorityHint(text: string, authority: string): string | undefined {
  if (authority === '') return undefined
  if (authority.includes(',')) return 'it must have only one host'
  if (text.lastIndexOf('@') > text.indexOf(authority) + authority.length) {
    return escapeHint(text)
  }
  return 'the host or the port is invalid, or contains a character that must be percent-encoded'
}

/** Object.freeze does not affect the private fields of a URL, so its setters throw. */
class ReadonlyUrl extends URL {
  override toJSON(): string {
    return printed(this)
  }

  [inspect](): string {
    return `URL { ${printed(this)} }`
  }
}

/**
 * Removes exactly the user information: the greedy cut for arbitrary text would end at an `@` in
 * the path.
 */
function printed(url: URL): string {
  const authority = url.href.slice(url.protocol.length)
  const user = url.username !== '' || url.password !== ''
  const at = user ? authority.indexOf('@') + 1 : 0
  const rest = withoutUrlCredentials(authority.slice(at))
  return `${url.protocol}${user ? `//${redacted}@` : ''}${rest}`
}

function copyOfSearchParams(this: URL): URLSearchParams {
  return new URLSearchParams(this.search)
}

for (const [name, accessor] of Object.entries(Object.getOwnPropertyDescriptors(URL.prototype))) {
  const { get } = accessor
  if (!get) continue
  Object.defineProperty(ReadonlyUrl.prototype, name, {
    configurable: true,
    enumerable: accessor.enumerable ?? true,
    get: name === 'searchParams' ? copyOfSearchParams : get,
    set() {
      throw new TypeError(`Cannot assign to read only property '${name}' of a configured URL`)
    },
  })
}
