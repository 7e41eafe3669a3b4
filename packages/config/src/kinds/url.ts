import { redacted, withoutNamedCredentials } from '../display.ts'
import { wrongOption } from '../errors.ts'
import { type Kind, kindOf, type Outcome, onlyOptions, type VariableOptions } from '../kind.ts'

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
 * An absolute URL with a host. The value is a `URL` that cannot be changed; printed or turned into JSON, it shows no user
 * information and no credential of the query. `href` and `String(url)` are complete, since that is what a client needs:
 * add `.secret()` when the URL carries a password.
 */
export function url(options: UrlOptions = {}): Kind<URL> {
  onlyOptions('url', options, ['protocols', 'requireHost'])
  const { protocols, requireHost = true } = options
  if (protocols !== undefined && !isProtocolList(protocols)) {
    throw wrongOption('config.url', 'protocols', "a list of schemes such as ['https:']", protocols)
  }
  if (typeof requireHost !== 'boolean') {
    throw wrongOption('config.url', 'requireHost', 'true or false', requireHost)
  }
  const allowed = protocols && [...protocols]
  const expected = allowed
    ? `a URL that starts with ${allowed.map((protocol) => `${protocol}//`).join(' or ')}`
    : 'a URL such as https://example.com/path'
  return kindOf<URL>(
    {
      type: 'url',
      expected,
      parse(text) {
        // new URL() would drop or change these without a word.
        if (/[\s\0-\x1f\x7f]/.test(text))
          return { ok: false, hint: 'it has white space or control characters' }
        if (text.includes('\\')) return { ok: false, hint: 'it has a backslash' }
        const scheme = /^([A-Za-z][A-Za-z0-9+.-]*:)(\/\/)?([^/?#]*)/.exec(text)
        if (!scheme) return { ok: false, hint: 'the scheme is missing: https://…' }
        const [, protocol = '', slashes, authority = ''] = scheme
        if (allowed && !allowed.includes(protocol.toLowerCase())) {
          return { ok: false, hint: schemeHint(protocol, allowed) }
        }
        if (
          requireHost &&
          (slashes === undefined || authority.replace(/^.*@/, '').replace(/:[0-9]*$/, '') === '')
        ) {
          return { ok: false, hint: 'the host is missing' }
        }
        return absolute(text)
      },
      format: (value) => value.href,
      encode: (value) =>
        Object.prototype.toString.call(value) === '[object URL]' ? String(value) : undefined,
      schema: {
        type: 'string',
        format: 'uri',
        ...(allowed ? { pattern: `^(${allowed.map((p) => anyCase(p)).join('|')})` } : {}),
      },
    },
    options,
  )
}

function isProtocolList(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((item) => typeof item === 'string' && /^[a-z][a-z0-9+.-]*:$/.test(item))
  )
}

function schemeHint(protocol: string, allowed: readonly string[]): string | undefined {
  return /^[a-z.-]+:$/i.test(protocol) && protocol.length < 16
    ? `it starts with ${protocol}, not with ${allowed.join(' or ')}`
    : undefined
}

const anyCase = (protocol: string) =>
  protocol
    .replace(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`)
    .replace(/[.+]/g, '\\$&')

function absolute(text: string): Outcome<URL> {
  try {
    return { ok: true, value: Object.freeze(new ReadonlyUrl(text)) }
  } catch {
    return { ok: false }
  }
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

for (const [name, accessor] of Object.entries(Object.getOwnPropertyDescriptors(URL.prototype))) {
  const { get } = accessor
  if (!get) continue
  Object.defineProperty(ReadonlyUrl.prototype, name, {
    configurable: true,
    enumerable: accessor.enumerable ?? true,
    get:
      name === 'searchParams'
        ? function (this: URL) {
            return new URLSearchParams(this.search)
          }
        : function (this: URL) {
            return get.call(this)
          },
    set() {
      throw new TypeError(`Cannot assign to read only property '${name}' of a configured URL`)
    },
  })
}
