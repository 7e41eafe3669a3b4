import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import * as security from '@clew/security'
import { type Database, startRedis } from '@clew/testing'
import { describeWith } from '@clew/testing/programs'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createClient } from 'redis'
import { type Service, serve } from '../support/service.ts'
import { audience, issuer, makeKey, token } from '../support/tokens.ts'

// 40 connections of one address guess as fast as they can; honest clients of other addresses come
// with a credential that was not seen before, one after the other.

const connections = 40
const honestRequests = 15
const max = 30

type Headers = Record<string, string>

interface Case {
  readonly scheme: security.Scheme
  /** A credential that is right, another one each time. */
  honest(index: number): Promise<Headers>
  guess(index: number): Headers
}

const basic = (user: string, password: string): Headers => ({
  authorization: `Basic ${btoa(`${user}:${password}`)}`,
})

const cases: Record<'basic' | 'apiKey' | 'jwt', () => Promise<Case>> = {
  async basic() {
    const password = await security.hashPassword('right', { cost: 10 })
    const users: Record<string, string> = {}
    for (let index = 0; index < honestRequests; index++) users[`user${index}`] = password
    return {
      scheme: security.basic('basic', { users, cacheMs: 0 }),
      honest: async (index) => basic(`user${index}`, 'right'),
      guess: (index) => basic(`user${index % honestRequests}`, `guess ${index}`),
    }
  },
  async apiKey() {
    const issued = Array.from({ length: honestRequests }, () =>
      security.issueApiKey({ owner: 'ada' }),
    )
    const records = new Map(issued.map(({ record }) => [record.id, record]))
    const wrong = security.issueApiKey({ owner: 'eve' }).key
    return {
      scheme: security.apiKey('key', { store: { get: async (id) => records.get(id) } }),
      honest: async (index) => ({ 'x-api-key': issued[index]?.key ?? '' }),
      guess: () => ({ 'x-api-key': wrong }),
    }
  },
  async jwt() {
    const [key, other] = [await makeKey(), await makeKey()]
    const issuers = [{ issuer, audience, jwks: { keys: [key.jwk] } }]
    const guesses = await Promise.all(
      Array.from({ length: 100 }, (_, index) => token(other, { jti: String(index) })),
    )
    return {
      scheme: security.jwt('jwt', { issuers }),
      honest: async (index) => ({
        authorization: `Bearer ${await token(key, { sub: `user${index}` })}`,
      }),
      guess: (index) => ({ authorization: `Bearer ${guesses[index % guesses.length]}` }),
    }
  },
}

async function send(port: number, agent: Agent, localAddress: string, headers: Headers) {
  const sent = request({ port, host: '127.0.0.1', agent, localAddress, headers })
  sent.end()
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  answer.resume()
  await once(answer, 'end')
  return answer.statusCode ?? 0
}

/** Statuses of the honest clients, and how often the attacker got each. */
async function attack({ honest, guess }: Case, service: Service) {
  const attacker = new Agent({ keepAlive: true, maxSockets: connections })
  const statuses: number[] = []
  const refused = new Map<number, number>()
  let isOver = false
  let guesses = 0
  const attackers = Array.from({ length: connections }, async () => {
    while (!isOver) {
      const status = await send(service.port, attacker, '127.0.0.66', guess(guesses++))
      refused.set(status, (refused.get(status) ?? 0) + 1)
    }
  })
  // The attack goes on from before the first honest request until after the last.
  while (guesses < connections * 2) await new Promise(setImmediate)
  const agent = new Agent({ keepAlive: false })
  for (let index = 0; index < honestRequests; index++) {
    const from = `127.0.1.${index + 1}`
    statuses.push(await send(service.port, agent, from, await honest(index)))
  }
  isOver = true
  await Promise.all(attackers)
  attacker.destroy()
  return { statuses, refused }
}

function check({ statuses, refused }: Awaited<ReturnType<typeof attack>>): void {
  expect(statuses).toEqual(Array(honestRequests).fill(200))
  // One window, or two if the test goes on for longer than a minute.
  expect(refused.get(401)).toBeGreaterThan(0)
  expect(refused.get(401)).toBeLessThanOrEqual(2 * max)
  expect(refused.get(429)).toBeGreaterThan(0)
  expect([...refused.keys()].filter((status) => status !== 401 && status !== 429)).toEqual([])
}

const schemes = ['basic', 'apiKey', 'jwt'] as const

describe('honest clients are served while 40 connections guess: limits in memory', () => {
  test.each(schemes)('%s', async (name) => {
    const each = await cases[name]()
    const service = await serve(each.scheme, { failures: { max, slowMs: 0 } })
    check(await attack(each, service))
    await service.close()
  })
})

describeWith(
  'redis-server',
  'honest clients are served while 40 connections guess: limits in Redis',
  () => {
    let server: Database
    beforeAll(async () => {
      server = await startRedis()
    })
    afterAll(() => server.close())

    test.each(schemes)('%s', async (name) => {
      const client = createClient({ url: server.url })
      client.on('error', () => {})
      await client.connect()
      const each = await cases[name]()
      const store = security.redisFailures(client, { prefix: `${name}:` })
      const service = await serve(each.scheme, {
        failures: { max, slowMs: 0, store, storeTimeoutMs: 5_000 },
      })
      check(await attack(each, service))
      await service.close()
      client.destroy()
    })
  },
)
