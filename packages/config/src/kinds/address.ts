import {
  type Kind,
  kindOf,
  noOptions,
  type Outcome,
  onlyOptions,
  type VariableOptions,
} from '../kind.ts'

/** A port, and the host it is on. No host: every interface. `toString()` is the text that was read. */
export interface TcpAddress {
  readonly host?: string
  readonly port: number
  readonly path?: undefined
}

/** A Unix domain socket. `toString()` is `unix:` and the path. */
export interface UnixAddress {
  readonly path: string
  readonly host?: undefined
  readonly port?: undefined
}

/** Where a server listens. Has no other properties, so that `server.listen(address)` takes it as it is. */
export type Address = TcpAddress | UnixAddress

/** Options of {@link address}. */
export interface AddressOptions extends VariableOptions {
  /** A text such as `':8080'`, or an address. */
  readonly default?: string | Address
}

const label = /^(?!-)[A-Za-z0-9_-]{1,63}(?<!-)$/
/** `sun_path` on Linux has 108 bytes, with the NUL. */
const maxPathBytes = 107

/** `:8080`, `host:8080`, `127.0.0.1:8080`, `[::1]:8080` or `unix:/run/app.sock`. Port 0 is any free port. */
export function address(options: AddressOptions = noOptions): Kind<Address> {
  if (options !== noOptions) onlyOptions('address', options, [])
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
  if (text.length > 512) return refuse(text)
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

/** Written as it is printed: no sign, no leading zero. */
function isPort(text: string): boolean {
  const port = Number(text)
  return String(port) === text && Number.isInteger(port) && port >= 0 && port <= 65_535
}

function unix(path: string): Outcome<Address> {
  if (!/^\/[^/]/.test(path)) return { ok: false, hint: 'write the whole path: unix:/run/app.sock' }
  if (Buffer.byteLength(path) > maxPathBytes) {
    return { ok: false, hint: `a socket's path has at most ${maxPathBytes} bytes` }
  }
  return { ok: true, value: printable({ path }) }
}

// Not node:net, which would be loaded for these two questions only.
function isIPv4(text: string): boolean {
  const parts = text.split('.')
  return (
    parts.length === 4 &&
    parts.every((part) => /^(?:0|[1-9][0-9]{0,2})$/.test(part) && Number(part) < 256)
  )
}

function isIPv6(text: string): boolean {
  const [, bare = ''] = /^([0-9A-Fa-f:.]{2,45})(%[A-Za-z0-9_.-]{1,32})?$/.exec(text) ?? []
  return bare !== '' && URL.canParse(`http://[${bare}]`)
}

function isHost(host: string): boolean {
  if (host.length > 253) return false
  const labels = host.split('.')
  // A last label of digits can only be an IPv4 address: 127.0.0.300 is not a name.
  if (/^[0-9]+$/.test(labels[labels.length - 1] ?? '')) return isIPv4(host)
  return labels.every((part) => label.test(part))
}

function printable<T extends Address>(value: T): T {
  const text = formatAddress(value)
  return Object.freeze(Object.defineProperty(value, 'toString', { value: () => text }))
}

function formatAddress({ host, port, path }: Address): string {
  if (path !== undefined) return `unix:${path}`
  return `${host?.includes(':') ? `[${host}]` : (host ?? '')}:${port}`
}

function refuse(text: string): Outcome<Address> {
  return { ok: false, hint: text.length > 512 ? undefined : addressHint(text) }
}

function addressHint(text: string): string | undefined {
  const trimmed = text.trim()
  if (trimmed !== text) return 'remove the white space around it'
  if (/^[0-9]+$/.test(text)) return `the colon is missing: ":${text}"?`
  if (text.includes('://')) return 'an address is no URL: host and port only'
  if (text.startsWith('*:')) return `every interface is "${text.slice(1)}"`
  if (isIPv6(text)) return `the port is missing: "[${text}]:8080"?`
  const split = text.lastIndexOf(':')
  if (split > 0 && isIPv6(text.slice(0, split))) {
    return `an IPv6 address stands in brackets: "[${text.slice(0, split)}]${text.slice(split)}"`
  }
  if (split < 0 && isHost(text)) return `the port is missing: "${text}:8080"?`
  const port = text.slice(split + 1)
  if (/^0[0-9]+$/.test(port)) return 'remove the leading zeros of the port'
  if (/^[0-9]+$/.test(port) && Number(port) > 65_535) return 'a port is at most 65535'
  return undefined
}
