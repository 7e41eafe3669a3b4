import { redacted, withoutNamedCredentials } from '../display.ts'
import { wrongOption } from '../errors.ts'
import {
  type Kind,
  kindOf,
  noOptions,
  type Outcome,
  onlyOptions,
  type Refusal,
  type TextSchema,
  type VariableOptions,
} from '../kind.ts'

// As in secret.ts.
const inspect: unique symbol = Symbol.for('nodejs.util.inspect.custom') as never

/** Options of {@link url}. */
export interface UrlOptions extends VariableOptions {
  /** A text, or a URL. */
  readonly default?: string | URL
  /** The schemes taken, each with its colon: `['postgres:', 'postgresql:']`. @defaultValue any */
  readonly protocols?: readonly string[]
  /** There must be a host. `false` also takes `file:///x` and `postgres:///db`. @defaultValue true */
  readonly requireHost?: boolean
}

/**
 * An absolute URL with a host. The value is a `URL` that cannot be changed; `console.log(url)`, `util.inspect` and JSON show no user
 * information and no credential of the query. As a text it is complete, since that is what a client needs: `href`, `String(url)`,
 * template strings, and `console.log('%s', url)`. **When the URL carries a password, add `.secret()`**: only then nothing prints it.
 * A URL cannot be cloned: `structuredClone` and `postMessage` throw, or on Node 20 give an empty object. Send its `href`.
 */
export function url(options: UrlOptions = noOptions): Kind<URL> {
  if (options !== noOptions) onlyOptions('url', options, ['protocols', 'requireHost'])
  const { protocols, requireHost = true } = options
  if (typeof requireHost !== 'boolean') {
    throw wrongOption('config.url', 'requireHost', 'true or false', requireHost)
  }
  const allowed = protocols && protocolList(protocols)
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

function parseUrl(
  text: string,
  allowed: readonly string[] | undefined,
  requireHost: boolean,
): Outcome<URL> {
  const colon = text.indexOf(':')
  const possible =
    (allowed === undefined || allowed.includes(text.slice(0, colon + 1).toLowerCase())) &&
    (!requireHost || hasAuthority(text, colon))
  const value = possible ? readonlyUrl(text) : undefined
  // What reads back as itself needs no closer look, but for the two that may stay as they are.
  if (value?.href === text && !text.includes('\\') && !text.includes(' ')) {
    return { ok: true, value }
  }
  // Of `file://c:/x`, `new URL()` takes the host for the letter of a drive.
  const lost = requireHost && value?.host === ''
  if (value && !lost && vanishing(text) === undefined) return { ok: true, value }
  const fixedHint = vanishing(text)
  return fixedHint ? { ok: false, fixedHint } : refuse(text, allowed, requireHost)
}

/** `new URL()` itself makes `http:///x` of `http:x`, and x the host of both. */
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

/** What `new URL()` would drop or change without a word. */
function vanishing(text: string): string | undefined {
  if (/[\s\0-\x1f\x7f]/.test(text)) return 'it has white space or control characters'
  return text.includes('\\') ? 'it has a backslash' : undefined
}

function expectedText(allowed: readonly string[] | undefined): string {
  return allowed
    ? `a URL that starts with ${allowed.map((protocol) => `${protocol}//`).join(' or ')}`
    : 'a URL such as https://example.com/path'
}

function urlText(value: unknown): string | undefined {
  return Object.prototype.toString.call(value) === '[object URL]' ? String(value) : undefined
}

function urlSchema(allowed: readonly string[] | undefined): TextSchema {
  return {
    type: 'string',
    format: 'uri',
    ...(allowed ? { pattern: `^(${allowed.map((p) => anyCase(p)).join('|')})` } : {}),
  }
}

function protocolList(value: unknown): readonly string[] {
  if (Array.isArray(value) && value.length > 0 && value.every(isProtocol)) return [...value]
  throw wrongOption('config.url', 'protocols', "a list of schemes such as ['https:']", value)
}

function isProtocol(value: unknown): boolean {
  return typeof value === 'string' && /^[a-z][a-z0-9+.-]*:$/.test(value)
}

const anyCase = (protocol: string) =>
  protocol
    .replace(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`)
    .replace(/[.+]/g, '\\$&')

function refuse(
  text: string,
  allowed: readonly string[] | undefined,
  requireHost: boolean,
): Refusal {
  const [, protocol, slashes, authority = ''] =
    /^([A-Za-z][A-Za-z0-9+.-]*:)(?:(\/\/)([^/?#]*))?/.exec(text) ?? []
  if (protocol === undefined) return { ok: false, fixedHint: 'the scheme is missing: https://…' }
  if (allowed && !allowed.includes(protocol.toLowerCase())) {
    // Something else than a scheme may stand before the first colon, such as a user name.
    const harmless = slashes && /^[a-z.-]{1,16}:$/i.test(protocol)
    const hint = `it starts with ${protocol}, not with ${allowed.join(' or ')}`
    return harmless ? { ok: false, hint } : { ok: false }
  }
  const host = authority.slice(authority.lastIndexOf('@') + 1).replace(/:[0-9]*$/, '')
  if (requireHost && host === '') return { ok: false, fixedHint: 'the host is missing' }
  return { ok: false, fixedHint: authorityHint(text, authority) }
}

/** What is wrong when the scheme is right and there is a host, and still `new URL()` does not take it. */
function authorityHint(text: string, authority: string): string | undefined {
  if (authority === '') return undefined
  if (authority.includes(',')) return 'several hosts are not taken: name one'
  if (text.lastIndexOf('@') > text.indexOf(authority) + authority.length) {
    return 'a # / or ? of the user or the password must be percent-encoded: %23 %2F %3F'
  }
  return 'the host or the port is not valid, or one of their characters must be percent-encoded'
}

/** Object.freeze does not reach the private fields of a URL, so its setters must refuse. */
class ReadonlyUrl extends URL {
  override toJSON(): string {
    return printed(this)
  }

  [inspect](): string {
    return `URL { ${printed(this)} }`
  }
}

/** Exactly the user information, where the greedy cut for texts that are no URLs would also take the `@` of a path for its end. */
function printed(url: URL): string {
  const authority = url.href.slice(url.protocol.length)
  const user = url.username !== '' || url.password !== ''
  const at = user ? authority.indexOf('@') + 1 : 0
  const rest = withoutNamedCredentials(authority.slice(at))
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
