import type { Outcome, Refusal } from '../declaration/grammar.ts'
import type { Kind, VariableOptions } from '../declaration/kind.ts'
import { kindCheck, kindOf, noOptions } from '../declaration/variable-kind.ts'
import { endOfAuthority, escapeHint, mayCutPassword } from '../text/authority.ts'
import { counted } from '../text/quote.ts'
import { type ConnectionHost, type ConnectionString, createConnection } from './connection.ts'
import { isHost, isIPv6, isPort } from './hosts.ts'
import { countText } from './items.ts'
import { protocolHint, protocolList, protocolPattern, protocolText } from './protocols.ts'

/** Options of {@link connectionString}. */
export interface ConnectionStringOptions extends VariableOptions {
  readonly default?: string
  /**
   * The accepted schemes, each with its colon: `['mongodb:', 'mongodb+srv:']`.
   * @defaultValue any
   */
  readonly protocols?: readonly string[]
  /** The minimum number of hosts (an integer, at least 1). @defaultValue 1 */
  readonly min?: number
  /** The maximum number of hosts (an integer, at least `min`). @defaultValue 100 */
  readonly max?: number
}

/**
 * A kind for URLs with one or several hosts: `postgres://a:1,b:2/db`, `mongodb://a,b/db`,
 * `redis+sentinel://a:26379,b:26379/mymaster`. The value has the parts of the text. Like that of
 * {@link url}, it prints without its credentials in `console.log` and JSON, and is complete as a
 * string. **If it contains a password, add `.secret()`.**
 */
export function connectionString(
  options: ConnectionStringOptions = noOptions,
): Kind<ConnectionString> {
  const check = kindCheck('connectionString')
  if (options !== noOptions) {
    check.options('options', options, ['default', 'name', 'protocols', 'min', 'max'])
  }
  const { min = 1, max = 100 } = options
  check.integer('min', min, { min: 1 })
  check.integer('max', max, { min })
  const allowed = protocolList('connectionString', options.protocols)
  const hosts = min === 1 && max === 100 ? 'one or several hosts' : countText(min, max, 'host')
  return kindOf<ConnectionString>(
    {
      type: 'connectionString',
      expected: () =>
        `a URL with ${hosts}${allowed ? protocolText(allowed) : ', such as postgres://a:5432,b:5432/db'}`,
      parse: (text) => parseConnection(text, allowed, { min, max }),
      format: String,
      encode: () => undefined,
      schema: () => ({
        type: 'string',
        pattern: `^${allowed ? protocolPattern(allowed) : '[A-Za-z][A-Za-z0-9+.-]*:'}//[^/?#]`,
      }),
    },
    options,
  )
}

interface Limits {
  readonly min: number
  readonly max: number
}

function parseConnection(
  text: string,
  allowed: readonly string[] | undefined,
  { min, max }: Limits,
): Outcome<ConnectionString> {
  const [protocol] = /^[A-Za-z][A-Za-z0-9+.-]*:/.exec(text) ?? []
  if (protocol === undefined) return refused('the scheme is missing: postgres://…')
  if (allowed && !allowed.includes(protocol.toLowerCase())) {
    return { ok: false, hint: protocolHint(text, allowed) }
  }
  if (/[\s\0-\x1f\x7f]/.test(text)) return refused('it contains white space or control characters')
  if (text.includes('\\')) return refused('it contains a backslash')
  if (mayCutPassword(text, protocol.length - 1)) return refused(escapeHint(text))
  const start = protocol.length + 2
  const end = endOfAuthority(text, start)
  if (!text.startsWith('//', protocol.length) || end === start)
    return refused('the host is missing')
  const user = text.lastIndexOf('@', end - 1)
  const names = text.slice(Math.max(user + 1, start), end).split(',', max + 1)
  if (names.length < min || names.length > max) {
    const count =
      names.length > max ? `more than ${counted(max, 'host')}` : counted(names.length, 'host')
    return refused(`it has ${count}`)
  }
  const hosts: ConnectionHost[] = []
  for (const [index, name] of names.entries()) {
    const host = hostOf(name)
    if (typeof host === 'string') return refused(`host ${index + 1} ${host}`)
    hosts.push(host)
  }
  // A URL with one host gives the other parts, and refuses what cannot be one.
  const single = `${text.slice(0, Math.max(user + 1, start))}host${text.slice(end)}`
  try {
    return { ok: true, value: createConnection(text, new URL(single), hosts) }
  } catch {
    return refused('the user or the password contains a % that is not %25')
  }
}

function refused(fixedHint: string): Refusal {
  return { ok: false, fixedHint }
}

/** A host, or what is wrong with it. */
function hostOf(text: string): ConnectionHost | string {
  const [, name = '', port] = /^(\[[^\]]*\]|[^:]*)(?::([0-9]*))?$/.exec(text) ?? []
  if (name === '') return text === '' || text.startsWith(':') ? 'is missing' : 'is invalid'
  if (port !== undefined && (port === '0' || !isPort(port))) {
    return 'has a port that is not from 1 to 65535'
  }
  const host = hostNameOf(name)
  return host === undefined
    ? 'is invalid'
    : { host, port: port === undefined ? undefined : Number(port) }
}

/** Also the path of a socket, percent-encoded: `%2Frun%2Fpostgresql`. */
function hostNameOf(name: string): string | undefined {
  if (name.startsWith('[')) return isIPv6(name.slice(1, -1)) ? name.slice(1, -1) : undefined
  if (!/^%2F/i.test(name)) return isHost(name) ? name : undefined
  try {
    return decodeURIComponent(name)
  } catch {
    return undefined
  }
}
