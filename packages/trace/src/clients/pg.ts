import { optionCheck } from '../errors.ts'
import { type Query, runQuery } from '../operations/query.ts'
import { forwarding, has } from './forwarding.ts'

const check = optionCheck('pg')

interface Settings {
  readonly host?: unknown
  readonly port?: unknown
  readonly database?: unknown
}

/**
 * A pool or client of `pg`, each query of which has a span: a new object, the given one stays as it
 * is. Clients that a pool gives out are traced too; queries that are streams or cursors are not.
 *
 * @throws TypeError `ERR_TRACE_OPTION`
 */
export function pg<C extends object>(client: C): C {
  if (!has(client, 'query')) throw check.error('client', 'a pool or client of pg', client)
  const settings = ((client as { options?: unknown }).options ?? client) as Settings
  return traced(client, {
    system: 'postgresql',
    ...(typeof settings.host === 'string' ? { address: settings.host } : {}),
    ...(typeof settings.port === 'number' ? { port: settings.port } : {}),
    ...(typeof settings.database === 'string' ? { namespace: settings.database } : {}),
  })
}

function traced<C extends object>(client: C, what: Query): C {
  return forwarding(client, (name, method) => {
    if (name === 'query') return (...args) => run(what, method, args)
    if (name === 'connect') return (...args) => connect(what, method, args)
    return undefined
  })
}

type Callback = (error: unknown, ...results: unknown[]) => unknown

function run(what: Query, method: (...args: unknown[]) => unknown, args: unknown[]): unknown {
  const [first] = args
  const text = typeof first === 'string' ? first : (first as { text?: unknown } | null)?.text
  // A stream or cursor ends when its reader likes.
  if (typeof text !== 'string' || has(first, 'submit')) return method(...args)
  const callback = args.at(-1)
  if (typeof callback !== 'function') return runQuery({ ...what, text }, () => method(...args))
  let returned: unknown
  let thrown: { readonly error: unknown } | undefined
  const ended = runQuery(
    { ...what, text },
    () =>
      new Promise<void>((resolve, reject) => {
        const done: Callback = (error, ...results) => {
          if (error) reject(error)
          else resolve()
          return (callback as Callback)(error, ...results)
        }
        try {
          returned = method(...args.slice(0, -1), done)
        } catch (error) {
          thrown = { error }
          reject(error)
        }
      }),
  )
  // The callback has the error.
  ended.catch(() => {})
  if (thrown !== undefined) throw (thrown as { readonly error: unknown }).error
  return returned
}

function connect(what: Query, method: (...args: unknown[]) => unknown, args: unknown[]): unknown {
  const wrap = (client: unknown) => (has(client, 'query') ? traced(client, what) : client)
  const [callback] = args
  if (typeof callback !== 'function') {
    const connected = method()
    return connected instanceof Promise ? connected.then(wrap) : connected
  }
  const done: Callback = (error, client, ...rest) =>
    (callback as Callback)(error, wrap(client), ...rest)
  return method(done)
}
