import type { Outcome, Refusal } from '../declaration/grammar.ts'
import type { Kind, VariableOptions } from '../declaration/kind.ts'
import { kindCheck, kindOf, noOptions } from '../declaration/variable-kind.ts'
import { isHost, isIPv6, isPort } from './hosts.ts'

/**
 * A port on a host, or without a host on every interface. `toString()` returns the text that was
 * read.
 */
export interface TcpAddress {
  readonly host?: string
  readonly port: number
  readonly path?: undefined
}

/** A Unix domain socket. `toString()` returns `unix:` and the path. */
export interface UnixAddress {
  readonly path: string
  readonly host?: undefined
  readonly port?: undefined
}

/**
 * Where a server listens. Has no other properties, so it can be passed to `server.listen(address)`.
 */
export type Address = TcpAddress | UnixAddress

/** Options of {@link address}. */
export interface AddressOptions extends VariableOptions {
  /** A string such as `':8080'`, or an address. */
  readonly default?: string | Address
}

/** `sun_path` on Linux has 108 bytes, including the NUL. */
const maxPathBytes = 107
/** Longer than any host name or path may be. */
const maxLength = 512

/**
 * A kind for `:8080`, `host:8080`, `127.0.0.1:8080`, `[::1]:8080` or `unix:/run/app.sock`. Port 0
 * is any free port.
 */
export function address(options: AddressOptions = noOptions): Kind<Address> {
  if (options !== noOptions) {
    kindCheck('address').options('options', options, ['default', 'name'])
  }
  return kindOf<Address>(
    {
      type: 'address',
      expected: () => 'an address such as :8080, 127.0.0.1:8080, [::1]:8080 or unix:/run/app.sock',
      parse: parseAddress,
      format: formatAddress,
      encode: (value) =>
        typeof value === 'object' && value !== null ? formatAddress(value as Address) : undefined,
      schema: () => ({
        type: 'string',
        pattern:
          '^(unix:/[^/].*|(\\[[0-9A-Fa-f:.]+(%[^\\]]+)?\\]|[A-Za-z0-9_.-]*):(0|[1-9][0-9]{0,4}))$',
      }),
    },
    options,
  )
}

function parseAddress(text: string): Outcome<Address> {
  if (text.length > maxLength) return { ok: false }
  if (text.startsWith('unix:')) return /[\s\0]/.test(text) ? refuse(text) : unix(text.slice(5))
  const split = text.lastIndexOf(':')
  const port = text.slice(split + 1)
  const host = text.slice(0, Math.max(split, 0))
  if (split < 0 || !isPort(port)) return refuse(text)
  const bare = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : undefined
  if (bare !== undefined ? !isIPv6(bare) : host !== '' && !isHost(host)) return refuse(text)
  const name = bare ?? host
  return {
    ok: true,
    value: printable(name === '' ? { port: Number(port) } : { host: name, port: Number(port) }),
  }
}

function unix(path: string): Outcome<Address> {
  if (!/^\/[^/]/.test(path))
    return { ok: false, fixedHint: 'write an absolute path: unix:/run/app.sock' }
  if (Buffer.byteLength(path) > maxPathBytes) {
    return { ok: false, fixedHint: `the path of a socket has at most ${maxPathBytes} bytes` }
  }
  return { ok: true, value: printable({ path }) }
}

function printable<T extends Address>(value: T): T {
  const text = formatAddress(value)
  return Object.freeze(Object.defineProperty(value, 'toString', { value: () => text }))
}

function formatAddress({ host, port, path }: Address): string {
  if (path !== undefined) return `unix:${path}`
  return `${host?.includes(':') ? `[${host}]` : (host ?? '')}:${port}`
}

function refuse(text: string): Refusal {
  const fixedHint = fixedHintOf(text)
  if (fixedHint) return { ok: false, fixedHint }
  if (/^[0-9]+$/.test(text)) return corrected('the colon is missing', `:${text}`)
  if (text.startsWith('*:') && isPort(text.slice(2))) {
    const hint = `for every interface, write "${text.slice(1)}"`
    return { ok: false, hint, fixedHint: 'for every interface, write a colon and the port' }
  }
  const split = text.lastIndexOf(':')
  const [head, tail] = [text.slice(0, Math.max(split, 0)), text.slice(split + 1)]
  // `::1:8080` is also a valid IPv6 address: its last group is more likely meant as a port.
  if (isIPv6(head) && isPort(tail)) {
    const fixed = 'write an IPv6 address in brackets'
    return { ok: false, hint: `${fixed}: "[${head}]:${tail}"`, fixedHint: fixed }
  }
  if (isIPv6(text)) return corrected('the port is missing', `[${text}]:8080`)
  return split < 0 && isHost(text)
    ? corrected('the port is missing', `${text}:8080`)
    : { ok: false }
}

function corrected(fixedHint: string, text: string): Refusal {
  return { ok: false, hint: `${fixedHint}: "${text}"?`, fixedHint }
}

function fixedHintOf(text: string): string | undefined {
  if (text.trim() !== text) return 'remove the white space around it'
  if (text.includes('://')) return 'an address is not a URL: write only host and port'
  const [port = ''] = /(?<=:)[0-9]+$/.exec(text) ?? []
  if (/^0[0-9]/.test(port) && !isIPv6(text)) return 'remove the leading zeros of the port'
  return Number(port) > 65_535 ? 'the port must be at most 65535' : undefined
}
