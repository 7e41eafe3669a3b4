import * as debug from '@clew/debug'
import { type Child, nodeEval, startRedis } from '@clew/testing'
import { describeWith } from '@clew/testing/programs'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { packageFolder } from '../support/workload.ts'

test('the clients of redis and ioredis fit as they are; anything else is refused', () => {
  expect(debug.redisSessions(createClient())).toHaveProperty('put')
  expect(debug.redisSessions(new Redis({ lazyConnect: true }))).toHaveProperty('put')
  expect(() => debug.redisSessions({} as never)).toThrow(
    'debug.redisSessions: client must be a client of redis or ioredis; received ',
  )
  expect(() => debug.redisSessions(createClient(), { prefix: '' })).toThrow(
    'debug.redisSessions: prefix must be 1 to 64 printable ASCII characters; received ""',
  )
})

type Database = Awaited<ReturnType<typeof startRedis>>

describeWith('redis-server', 'one session for all instances, in Redis', () => {
  let redis: Database
  let children: Child[] = []
  beforeAll(async () => {
    redis = await startRedis()
  })
  afterAll(() => redis.close())
  afterEach(async () => {
    for (const child of children) child.kill('SIGKILL')
    await Promise.all(children.map(({ exit }) => exit))
    children = []
  })

  const clients = {
    redis: `import { createClient } from 'redis'
const client = createClient({ url, socket: { reconnectStrategy: 100 } })
client.on('error', () => {})
await client.connect()`,
    ioredis: `import { Redis } from 'ioredis'
const client = new Redis(url, { retryStrategy: () => 100, maxRetriesPerRequest: null })
client.on('error', () => {})`,
  }

  /** An instance of a service, and what its console says. */
  async function startInstance(kind: keyof typeof clients, prefix: string) {
    const child = nodeEval(
      `import { createServer } from 'node:http'
import * as debug from '@clew/debug'
const url = ${JSON.stringify(redis.url)}
${clients[kind]}
const logger = { override: () => () => {} }
const store = debug.redisSessions(client, { prefix: '${prefix}' })
const console_ = debug.console({ logger, store, heapSampling: false, stalls: false })
console_.subscribe((report) => console.log(JSON.stringify(report)))
process.on('SIGTERM', async () => { await console_.shutdown(); await (client.quit?.() ?? client.close()); console.log('closed') })
const server = createServer(console_.handler)
server.listen(0, '127.0.0.1', () => console.log('listening on ' + server.address().port))
`,
      { cwd: packageFolder },
    )
    children.push(child)
    const [, port] = await child.until(/listening on (\d+)/)
    const url = `http://127.0.0.1:${port}/debug/sessions`
    const ask = async (method: string, path = '', body?: object) => {
      const init = { method, headers: { 'content-type': 'application/json' } }
      const answer = await fetch(url + path, body ? { ...init, body: JSON.stringify(body) } : init)
      return (await answer.json()) as any
    }
    return {
      child,
      ask,
      /** Asks until the open sessions are like this. */
      async until(isRight: (sessions: any[]) => boolean): Promise<any[]> {
        for (;;) {
          const { sessions } = await ask('GET')
          if (isRight(sessions)) return sessions
        }
      },
      count: (type: string) => child.stdout.match(new RegExp(type, 'g'))?.length ?? 0,
    }
  }

  describe.each(['redis', 'ioredis'] as const)('with a client of %s', (kind) => {
    test('opened, extended and closed on one, it is so on all', async () => {
      const prefix = `${kind}:${Date.now()}:`
      const a = await startInstance(kind, prefix)
      const b = await startInstance(kind, prefix)
      const filter = { path: '/orders/:id', user: 'ann', share: 0.5 }
      const { id } = await a.ask('POST', '', { filter, actor: 'eve', ttlMs: 60_000 })
      const [taken] = await b.until(([first]) => first?.instances?.length === 2)
      expect(taken).toMatchObject({ id, filter, level: 'debug', actor: 'eve' })
      const pids = taken.instances.map((name: string) => Number(name.split(' ')[1]))
      expect(pids.sort()).toEqual([a.child.pid, b.child.pid].sort())

      // One that comes later.
      const c = await startInstance(kind, prefix)
      await c.until(([first]) => first?.id === id)
      await a.until(([first]) => first?.instances?.length === 3)

      const { expiresAt } = await b.ask('POST', `/${id}`, { ttlMs: 600_000 })
      const isLater = ([first]: any[]) =>
        Math.abs(Date.parse(first?.expiresAt) - Date.parse(expiresAt)) < 5000
      await a.until(isLater)
      await c.until(isLater)

      expect(await c.ask('DELETE', `/${id}`)).toEqual({ closed: id })
      await a.until(({ length }) => length === 0)
      await b.until(({ length }) => length === 0)
      expect(a.child.stdout).toMatch(/session_closed.*"reason":"closed_elsewhere"/)

      // An instance that stops ends nothing for the others.
      await a.ask('POST', '', { actor: 'eve' })
      await b.until(([first]) => first?.instances?.length === 3)
      a.child.kill()
      await a.child.until(/closed\n/)
      expect(await b.until(() => true)).toHaveLength(1)
    })
  })

  test('while the store is down each has its own; when it is back, empty, all have all', async () => {
    const prefix = `${Date.now()}:`
    const a = await startInstance('redis', prefix)
    const b = await startInstance('ioredis', prefix)
    const { id: before } = await a.ask('POST', '', { actor: 'before' })
    await b.until(([first]) => first?.instances?.length === 2)
    await redis.stop()
    const { id: meanwhile } = await a.ask('POST', '', { actor: 'meanwhile' })
    const { id: other } = await b.ask('POST', '', { actor: 'other' })
    await a.child.until(/debug\.store_down/)
    await b.child.until(/debug\.store_down/)
    expect(await b.until(() => true)).toHaveLength(2)
    await redis.start()
    await a.child.until(/debug\.store_up/)
    await b.child.until(/debug\.store_up/)
    const all = [before, meanwhile, other].sort()
    const hasAll = (sessions: any[]) => String(sessions.map(({ id }) => id).sort()) === String(all)
    await a.until(hasAll)
    await b.until(hasAll)
    for (const each of [a, b]) {
      expect([each.count('debug.store_down'), each.count('debug.store_up')]).toEqual([1, 1])
    }
  })
})
