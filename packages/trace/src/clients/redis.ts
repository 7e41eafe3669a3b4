import { optionCheck } from '../errors.ts'
import { type Query, runQuery } from '../operations/query.ts'
import { forwarding, has } from './forwarding.ts'

const check = optionCheck('redis')

interface Settings {
  readonly host?: unknown
  readonly port?: unknown
  readonly db?: unknown
  readonly database?: unknown
  readonly socket?: { readonly host?: unknown; readonly port?: unknown }
}

/**
 * A client of `redis` or `ioredis`, each command of which has a span: a new object, the given one
 * stays as it is. Keys and values are never recorded; a transaction or pipeline is one span.
 *
 * @throws TypeError `ERR_TRACE_OPTION`
 */
export function redis<C extends object>(client: C): C {
  if (!has(client, 'get')) throw check.error('client', 'a client of redis or ioredis', client)
  const { options = {} } = client as { readonly options?: Settings }
  const { host, port } = { ...options, ...options.socket }
  const database = options.database ?? options.db
  return traced(client, {
    system: 'redis',
    ...(typeof host === 'string' ? { address: host } : {}),
    ...(typeof port === 'number' ? { port } : {}),
    ...(typeof database === 'number' ? { namespace: String(database) } : {}),
  })
}

function traced<C extends object>(client: C, what: Query): C {
  const isCommand = commandsOf(client)
  return forwarding(client, (name, method) => {
    if (name === 'multi' || name === 'pipeline') {
      return (...args) => batch(method(...args), what, name.toUpperCase())
    }
    if (name === 'duplicate') return (...args) => traced(method(...args) as object, what)
    if (name === 'sendCommand' && !has(client, 'getBuiltinCommands')) {
      return (...args) => {
        const [command] = args.flat()
        return runQuery({ ...what, operation: operationOf(command) }, () => method(...args))
      }
    }
    if (!isCommand(name)) return undefined
    const operation = operationOf(name)
    return (...args) => runQuery({ ...what, operation }, () => method(...args))
  })
}

const operationOf = (command: unknown) => String(command).slice(0, 64).toUpperCase()

/** Subscriptions and blocking monitors are no calls. */
const listening = /^(?:p|s)?(?:un)?subscribe$|^monitor$/i

/** ioredis lists its commands; redis has each under its name in upper case too. */
function commandsOf(client: object): (name: string) => boolean {
  const listed = has(client, 'getBuiltinCommands') ? client['getBuiltinCommands']?.() : undefined
  const known = Array.isArray(listed) ? new Set<unknown>(listed) : undefined
  return (name) =>
    !listening.test(name) &&
    (known === undefined ? has(client, name.toUpperCase()) : known.has(name))
}

/** A transaction or a pipeline: one call, when it is executed. */
function batch(commands: unknown, what: Query, operation: string): unknown {
  if (!has(commands, 'exec')) return commands
  const execute = commands['exec']?.bind(commands)
  Object.defineProperty(commands, 'exec', {
    configurable: true,
    writable: true,
    value: (...args: unknown[]) => runQuery({ ...what, operation }, () => execute?.(...args)),
  })
  return commands
}
