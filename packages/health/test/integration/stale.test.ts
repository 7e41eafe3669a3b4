import { createServer, type Server } from 'node:http'
import * as health from '@clew/health'
import { listen } from '@clew/testing'
import { afterEach, describe, expect, test } from '@jest/globals'

// The kubelet waits one second. What hangs must not make an instance disappear that works.

const servers = new Set<Server>()
const checkers = new Set<health.Checker>()
afterEach(async () => {
  for (const server of servers) server.closeAllConnections()
  for (const server of servers) server.close()
  await Promise.all([...checkers].map((checker) => checker.shutdown()))
})

/** A dependency that answers, fails or hangs, as it is told. */
function dependency(name: string, critical: boolean) {
  let mode: 'up' | 'down' | 'hang' = 'up'
  let pings = 0
  const pinger = health.pinger(
    name,
    async (signal) => {
      pings++
      if (mode === 'down') throw new Error('refused')
      if (mode === 'hang') {
        await new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason))
        })
      }
    },
    { critical, timeoutMs: 1_500 },
  )
  return {
    pinger,
    get pings() {
      return pings
    },
    is(next: typeof mode) {
      mode = next
    },
  }
}

async function start(pingers: readonly health.Pinger[], options: health.CheckerOptions = {}) {
  const checker = health.checker(pingers, { cacheMs: 0, answerMs: 40, ...options })
  checkers.add(checker)
  const handlers = {
    '/ready': checker.handler('ready'),
    '/startup': checker.handler('startup'),
    '/details': checker.handler('details'),
  }
  const server = createServer((req, res) => handlers[req.url as '/ready'](req, res))
  servers.add(server)
  const { url } = await listen(server)
  const ask = async (path: keyof typeof handlers, accept = 'application/json') => {
    const answer = await fetch(url.replace(/\/$/, '') + path, { headers: { accept } })
    return { status: answer.status, body: await answer.text() }
  }
  return { checker, ask }
}

/** Whether it came before the ping could have ended. */
const beforeTimeout = (work: Promise<unknown>) =>
  Promise.race([work.then(() => true), new Promise((resolve) => setTimeout(resolve, 1_400, false))])

describe('a dependency that hangs', () => {
  for (const critical of [true, false]) {
    test(`${critical ? 'critical' : 'not critical'}: the answer says what is known, and that it is stale`, async () => {
      const db = dependency('db', critical)
      const other = dependency('other', true)
      const { ask } = await start([db.pinger, other.pinger])
      expect(await ask('/ready')).toMatchObject({ status: 200, body: '{"status":"pass"}' })
      db.is('hang')
      const answers = Promise.all([
        ask('/ready'),
        ask('/details'),
        ask('/details', 'application/health+json'),
        ask('/details', 'text/plain'),
        ask('/ready', 'text/plain'),
      ])
      expect(await beforeTimeout(answers)).toBe(true)
      const [ready, details, draft, plain, readyPlain] = await answers
      expect(ready).toEqual({ status: 200, body: '{"status":"pass","reason":"stale"}' })
      expect(readyPlain.body).toBe('stale\n')
      expect(JSON.parse(details.body)).toMatchObject({
        status: { db: 'OK', other: 'OK' },
        stale: { db: expect.stringMatching(/^\d{4}-/) },
      })
      expect(JSON.parse(details.body).stale).not.toHaveProperty('other')
      expect(JSON.parse(draft.body).checks['db:responseTime'][0]).toMatchObject({ stale: true })
      expect(JSON.parse(draft.body).checks['other:responseTime'][0]).not.toHaveProperty('stale')
      expect(plain.body).toBe('ok\ndb: OK (stale)\nother: OK\n')
    })
  }

  test('after its timeout it is down, and answers do not wait for it any more', async () => {
    const db = dependency('db', true)
    const { ask, checker } = await start([db.pinger])
    await ask('/ready')
    db.is('hang')
    const gone = new Promise((resolve) => checker.subscribe(resolve))
    expect((await ask('/ready')).status).toBe(200)
    await gone
    const again = ask('/ready')
    expect(await beforeTimeout(again)).toBe(true)
    expect(await again).toMatchObject({
      status: 503,
      body: '{"status":"fail","reason":"not ready"}',
    })
  })

  test('from the start: nothing is known; 503 if it is critical, degraded if not', async () => {
    for (const [critical, status, reason] of [
      [true, 503, 'not ready'],
      [false, 200, 'degraded'],
    ] as const) {
      const db = dependency('db', critical)
      db.is('hang')
      const { ask } = await start([db.pinger])
      const answers = Promise.all([ask('/ready'), ask('/details')])
      expect(await beforeTimeout(answers)).toBe(true)
      const [ready, details] = await answers
      expect(ready.status).toBe(status)
      expect(JSON.parse(ready.body)).toMatchObject({ reason })
      expect(JSON.parse(details.body)).toMatchObject({
        status: { db: 'NOT OK' },
        errors: { db: 'no answer yet' },
        stale: { db: expect.stringMatching(/^\d{4}-/) },
      })
    }
  })

  test('startup does not wait for it either', async () => {
    const db = dependency('db', true)
    db.is('hang')
    const { ask } = await start([db.pinger])
    const answer = ask('/startup')
    expect(await beforeTimeout(answer)).toBe(true)
    expect(await answer).toMatchObject({ status: 503 })
  })

  test('check() waits for it, and is not stale', async () => {
    const db = dependency('db', true)
    const { checker } = await start([db.pinger])
    await checker.check()
    db.is('hang')
    const { checks } = await checker.check()
    expect(checks).toMatchObject([
      { name: 'db', up: false, stale: false, code: 'ERR_HEALTH_TIMEOUT' },
    ])
  })

  test('thousands of probes cost one ping', async () => {
    const db = dependency('db', true)
    const { ask } = await start([db.pinger], { cacheMs: 60_000 })
    db.is('hang')
    const answers = await Promise.all(Array.from({ length: 300 }, () => ask('/ready')))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]))
    expect(db.pings).toBe(1)
  })
})
