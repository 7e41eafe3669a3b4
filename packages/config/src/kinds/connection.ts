import { endOfAuthority } from '../text/authority.ts'
import { redacted, withoutUrlCredentials } from '../text/credentials.ts'

// The documented key of util.inspect.custom; importing node:util for it would cost a millisecond.
const inspect: unique symbol = Symbol.for('nodejs.util.inspect.custom') as never

/** One host of a {@link ConnectionString}. */
export interface ConnectionHost {
  /** A name, an IP address without brackets, or the path of a socket. */
  readonly host: string
  /** `undefined` if the text has none: the client knows its default. */
  readonly port: number | undefined
}

/**
 * The parts of a URL with one or several hosts. `href`, `String(…)` and `password` contain the
 * credentials; JSON and `console.log` do not. Read-only.
 */
export interface ConnectionString {
  /** The complete text, as it was read. */
  readonly href: string
  /** The scheme with its colon, in lower case: `postgres:`. */
  readonly protocol: string
  /** Decoded; empty if there is none. */
  readonly username: string
  /** Decoded; empty if there is none. */
  readonly password: string
  readonly hosts: readonly ConnectionHost[]
  /** The path with its slash: `/orders`. */
  readonly pathname: string
  /** The parameters, as a copy. */
  readonly searchParams: URLSearchParams
  toString(): string
  /** Without credentials. */
  toJSON(): string
}

/** In private fields, so that a copy of the properties has no credentials. */
class ParsedConnection implements ConnectionString {
  readonly #href: string
  readonly #url: URL
  readonly #user: string
  readonly #password: string
  readonly #hosts: readonly ConnectionHost[]

  constructor(href: string, url: URL, hosts: readonly ConnectionHost[]) {
    this.#href = href
    this.#url = url
    this.#user = decodeURIComponent(url.username)
    this.#password = decodeURIComponent(url.password)
    this.#hosts = Object.freeze(hosts.map((host) => Object.freeze(host)))
    Object.freeze(this)
  }

  get href(): string {
    return this.#href
  }

  get protocol(): string {
    return this.#url.protocol
  }

  get username(): string {
    return this.#user
  }

  get password(): string {
    return this.#password
  }

  get hosts(): readonly ConnectionHost[] {
    return this.#hosts
  }

  get pathname(): string {
    return this.#url.pathname
  }

  get searchParams(): URLSearchParams {
    return new URLSearchParams(this.#url.search)
  }

  toString(): string {
    return this.#href
  }

  toJSON(): string {
    const start = this.#href.indexOf('//') + 2
    const at = this.#href.lastIndexOf('@', endOfAuthority(this.#href, start))
    const rest = this.#href.slice(at < 0 ? start : at)
    return `${this.protocol}//${at < 0 ? '' : redacted}${withoutUrlCredentials(rest)}`
  }

  [inspect](): string {
    return `ConnectionString { ${this.toJSON()} }`
  }
}

/**
 * @param href - the text
 * @param url - the same text with a single host
 * @throws URIError if the user or the password is not percent-encoded
 */
export function createConnection(
  href: string,
  url: URL,
  hosts: readonly ConnectionHost[],
): ConnectionString {
  return new ParsedConnection(href, url, hosts)
}
