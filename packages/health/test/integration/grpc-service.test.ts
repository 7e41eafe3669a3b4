// grpc.health.v1 on a real server, asked by a client that is made from the official definition.
import { fileURLToPath } from 'node:url'
import * as health from '@clew/health'
import { addHealthService, type HealthServiceOptions } from '@clew/health/grpc'
import {
  type Client,
  type ClientReadableStream,
  credentials,
  loadPackageDefinition,
  Server,
  ServerCredentials,
  type ServiceError,
  status,
} from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'
import { afterEach, describe, expect, test } from '@jest/globals'

const proto = fileURLToPath(new URL('../support/health.proto', import.meta.url))
const definition = loadPackageDefinition(
  loadSync(proto, { enums: String, defaults: true }),
) as never
type Answer = { status: string }
type HealthClient = Client & {
  check(request: object, done: (error: ServiceError | null, answer: Answer) => void): void
  list(
    request: object,
    done: (error: ServiceError | null, answer: { statuses: Record<string, Answer> }) => void,
  ): void
  watch(request: object): ClientReadableStream<Answer>
}
const { Health } = (
  definition as { grpc: { health: { v1: { Health: new (...args: never[]) => HealthClient } } } }
).grpc.health.v1

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function start(options?: HealthServiceOptions, other?: health.Checker) {
  const state = { up: true, pings: 0 }
  const own = health.checker(
    [
      health.pinger('db', () => {
        state.pings++
        return state.up
      }),
    ],
    { cacheMs: 0 },
  )
  const checker = other ?? own
  const server = new Server()
  addHealthService(server, checker, options)
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    )
  })
  const client = new Health(...([`127.0.0.1:${port}`, credentials.createInsecure()] as never[]))
  cleanups.push(
    () => checker.shutdown(),
    () => server.forceShutdown(),
    () => client.close(),
  )
  const check = (request: object = {}) =>
    new Promise<string>((resolve, reject) => {
      client.check(request, (error, answer) => (error ? reject(error) : resolve(answer.status)))
    })
  /** The answers of a `Watch`, one by one. */
  const watch = (service = '') => {
    const call = client.watch({ service })
    // Cancelling is an error for a client.
    call.on('error', () => {})
    cleanups.push(() => call.cancel())
    const answers = call[Symbol.asyncIterator]()
    return {
      call,
      async next() {
        const { value, done } = await answers.next()
        return done ? 'the end' : value.status
      },
    }
  }
  return { state, checker, server, port, client, check, watch }
}

describe('Check', () => {
  test('follows readiness and draining', async () => {
    const { state, check, checker } = await start()
    expect(await check()).toBe('SERVING')
    state.up = false
    expect(await check()).toBe('NOT_SERVING')
    state.up = true
    expect(await check({ service: '' })).toBe('SERVING')
    checker.drain()
    expect(await check()).toBe('NOT_SERVING')
  })

  test.each(['shop.v1.Orders', 'a', 'ä'.repeat(100)])(
    'knows the service %p only if it was named',
    async (service) => {
      const unnamed = await start()
      await expect(unnamed.check({ service })).rejects.toMatchObject({ code: status.NOT_FOUND })
      const named = await start({ services: [service] })
      expect(await named.check({ service })).toBe('SERVING')
    },
  )

  test('a dependency that hangs does not keep it waiting', async () => {
    const checker = health.checker([health.pinger('db', () => new Promise(() => {}))], {
      answerMs: 1,
    })
    cleanups.push(() => checker.shutdown())
    const server = new Server()
    addHealthService(server, checker)
    const { status: readiness } = await checker.answer('ready')
    expect(readiness).toBe(503)
    server.forceShutdown()
  })

  test('our own pinger understands it', async () => {
    const { port, state } = await start({ services: ['shop.v1.Orders'] })
    const address = { host: '127.0.0.1', port }
    const other = health.checker(
      [
        health.grpcPinger('whole', address),
        health.grpcPinger('orders', address, { service: 'shop.v1.Orders' }),
        health.grpcPinger('none', address, { service: 'shop.v1.None' }),
      ],
      { cacheMs: 0 },
    )
    cleanups.push(() => other.shutdown())
    expect((await other.check()).checks.map(({ up }) => up)).toEqual([true, true, false])
    state.up = false
    expect((await other.check()).checks.map(({ error }) => error)).toEqual([
      expect.stringContaining('NOT_SERVING'),
      expect.stringContaining('NOT_SERVING'),
      expect.stringContaining('gRPC status 5'),
    ])
  })
})

test('List names all services', async () => {
  const { client, state } = await start({ services: ['shop.v1.Orders', 'shop.v1.Carts'] })
  const list = () =>
    new Promise<unknown>((resolve, reject) => {
      client.list({}, (error, { statuses }) => (error ? reject(error) : resolve(statuses)))
    })
  const all = (text: string) => ({
    '': { status: text },
    'shop.v1.Orders': { status: text },
    'shop.v1.Carts': { status: text },
  })
  expect(await list()).toEqual(all('SERVING'))
  state.up = false
  expect(await list()).toEqual(all('NOT_SERVING'))
})

describe('Watch', () => {
  test('says the state at once, and each change', async () => {
    const { state, watch } = await start({ watchMs: 100 })
    const { next } = watch()
    expect(await next()).toBe('SERVING')
    state.up = false
    expect(await next()).toBe('NOT_SERVING')
    state.up = true
    expect(await next()).toBe('SERVING')
  })

  test('learns from the probes of others, before it pings itself', async () => {
    const { state, watch, check } = await start({ watchMs: 3_600_000 })
    const watchers = [watch(), watch()]
    for (const { next } of watchers) expect(await next()).toBe('SERVING')
    state.up = false
    await check()
    for (const { next } of watchers) expect(await next()).toBe('NOT_SERVING')
  })

  test('hears of draining at once, and ends, so that the server can close', async () => {
    const { watch, checker, server } = await start({ watchMs: 3_600_000 })
    const { next } = watch()
    expect(await next()).toBe('SERVING')
    checker.drain()
    expect(await next()).toBe('NOT_SERVING')
    expect(await next()).toBe('the end')
    const late = watch()
    expect(await late.next()).toBe('NOT_SERVING')
    expect(await late.next()).toBe('the end')
    await new Promise<void>((resolve, reject) =>
      server.tryShutdown((error) => (error ? reject(error) : resolve())),
    )
  })

  test('of an unknown service: says so, and stays open until the drain', async () => {
    const { watch, checker, check } = await start({ watchMs: 100 })
    const { next } = watch('shop.v1.None')
    expect(await next()).toBe('SERVICE_UNKNOWN')
    await check()
    checker.drain()
    expect(await next()).toBe('the end')
  })

  test('listens to the checker only while somebody watches', async () => {
    let listeners = 0
    const { checker, server } = await start()
    server.forceShutdown()
    const counted: health.Checker = {
      ...checker,
      subscribe(listener) {
        listeners++
        const unsubscribe = checker.subscribe(listener)
        return () => {
          listeners--
          unsubscribe()
        }
      },
    }
    const { watch } = await start({}, counted)
    expect(listeners).toBe(0)
    const [one, two] = [watch(), watch()]
    for (const { next } of [one, two]) expect(await next()).toBe('SERVING')
    expect(listeners).toBe(1)
    one.call.cancel()
    two.call.cancel()
    while (listeners > 0) await new Promise((resolve) => setImmediate(resolve))
  })

  test('more than maxWatchers are refused, and a place becomes free again', async () => {
    const { watch } = await start({ maxWatchers: 1, watchMs: 3_600_000 })
    const first = watch()
    expect(await first.next()).toBe('SERVING')
    const second = watch()
    await expect(second.next()).rejects.toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
      details: '1 clients watch already',
    })
    const gone = new Promise((resolve) => first.call.on('error', resolve))
    first.call.cancel()
    await gone
    for (;;) {
      const third = watch()
      const answer = await third.next().catch(() => undefined)
      if (answer === 'SERVING') break
    }
  })
})

test.each<[string, unknown, object | undefined, RegExp]>([
  ['a server', {}, undefined, /server must be a server of @grpc\/grpc-js; received an object/],
  ['services', new Server(), { services: 'a' }, /services must be an array of strings/],
  ['watchMs', new Server(), { watchMs: 1 }, /watchMs must be an integer/],
  ['maxWatchers', new Server(), { maxWatchers: 0 }, /maxWatchers must be an integer of at least 1/],
  ['names', new Server(), { service: 'a' }, /unknown option "service"/],
])('%s', (_what, server, options, message) => {
  expect(() => addHealthService(server as Server, health.checker([]), options)).toThrow(
    expect.objectContaining({ code: 'ERR_HEALTH_OPTION', message: expect.stringMatching(message) }),
  )
})
