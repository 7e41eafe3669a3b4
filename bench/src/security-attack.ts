// What honest clients notice while 40 connections of one address guess as fast as they are answered:
// success and latency, beside what they are without the attack. Service, attacker and honest clients are
// processes of their own, which here share the processors.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as security from '@clew/security'
import { startRedis } from '@clew/testing'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { createClient } from 'redis'
import type { Clients, ClientsResult } from './attack/clients.js'

const issuer = 'https://idp.example/'
const audience = 'https://orders.example'
const honestClients = 4
const honestRequests = 150
const credentials = 40

interface Case {
  readonly scheme: security.Scheme
  readonly honest: readonly string[]
  readonly guesses: readonly string[]
}

const each = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index))
const basic = (user: string, password: string) =>
  `Authorization: Basic ${btoa(`${user}:${password}`)}`

const cases: Readonly<Record<string, () => Promise<Case>>> = {
  async basic() {
    const password = await security.hashPassword('right', { cost: 14 })
    const users = Object.fromEntries(each(credentials, (index) => [`user${index}`, password]))
    return {
      scheme: security.basic('basic', { users }),
      honest: each(credentials, (index) => basic(`user${index}`, 'right')),
      guesses: each(1_000, (index) => basic(`user${index % credentials}`, `guess ${index}`)),
    }
  },
  async apiKey() {
    const issued = each(credentials, () => security.issueApiKey({ owner: 'ada' }))
    const records = new Map(issued.map(({ record }) => [record.id, record]))
    return {
      scheme: security.apiKey('key', { store: { get: async (id) => records.get(id) } }),
      honest: issued.map(({ key }) => `X-Api-Key: ${key}`),
      guesses: each(1_000, () => `X-Api-Key: ${security.issueApiKey({ owner: 'eve' }).key}`),
    }
  },
  async jwt() {
    const [own, other] = [await generateKeyPair('ES256'), await generateKeyPair('ES256')]
    const jwk = { ...(await exportJWK(own.publicKey)), kid: 'k1' } as security.Jwk
    const sign = async (index: number, { privateKey }: typeof own) => {
      const claims = new SignJWT({ jti: String(index) }).setIssuer(issuer).setAudience(audience)
      const header = { alg: 'ES256', kid: 'k1' }
      const named = claims.setSubject(`user${index}`).setExpirationTime('30m').setIssuedAt()
      return `Authorization: Bearer ${await named.setProtectedHeader(header).sign(privateKey)}`
    }
    return {
      scheme: security.jwt('jwt', { issuers: [{ issuer, audience, jwks: { keys: [jwk] } }] }),
      honest: await Promise.all(each(honestClients * honestRequests, (index) => sign(index, own))),
      guesses: await Promise.all(each(1_000, (index) => sign(index, other))),
    }
  },
}

/** Runs clients in a process of their own. */
function start(clients: Clients): { readonly child: ChildProcess; ended: Promise<ClientsResult> } {
  const child = fork(new URL('./attack/clients.js', import.meta.url))
  child.send(clients)
  const ended = once(child, 'message').then(([result]) => {
    child.disconnect()
    return result as ClientsResult
  })
  return { child, ended }
}

async function measure(name: string, store: security.FailureStore | undefined): Promise<void> {
  const { scheme, honest, guesses } = await (cases[name] as () => Promise<Case>)()
  const failures = { slowMs: 0, storeTimeoutMs: 1_000, ...(store && { store }) }
  const guard = security.create({ default: scheme, failures }).method('bench')
  const server = createServer(security.handler(guard, (_req, res) => res.end('ok')))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const users = (requests: number): Clients => ({
    port,
    address: '127.0.1.1',
    isOneAddress: false,
    count: honestClients,
    headers: honest,
    requests,
    pauseMs: 5,
  })
  const attacker: Clients = {
    port,
    address: '127.0.0.66',
    isOneAddress: true,
    count: 40,
    headers: guesses,
    requests: undefined,
    pauseMs: 0,
  }
  await start(users(20)).ended
  const calm = await start(users(honestRequests)).ended
  const attack = start(attacker)
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  const loaded = await start(users(honestRequests)).ended
  attack.child.send('stop')
  const { statuses } = await attack.ended
  server.close()
  const served = (loaded.statuses['200'] ?? 0) / (honestClients * honestRequests)
  const line = (title: string, { p50Ms, p95Ms }: ClientsResult) =>
    `  ${title.padEnd(24)} p50 ${p50Ms.toFixed(2)} ms, p95 ${p95Ms.toFixed(2)} ms`
  console.log(line('without an attack', calm))
  console.log(line('while 40 guess', loaded))
  console.log(
    `  served ${(served * 100).toFixed(1)} % (budget: 99 %), p50 ${(loaded.p50Ms / calm.p50Ms).toFixed(1)} ×,` +
      ` p95 ${(loaded.p95Ms / calm.p95Ms).toFixed(1)} × (budget: 2 ×); attacker: ${JSON.stringify(statuses)}`,
  )
}

export async function run(): Promise<void> {
  for (const name of Object.keys(cases)) {
    console.log(`\n${name}, limits in memory`)
    await measure(name, undefined)
  }
  const database = await startRedis().catch(() => undefined)
  if (!database) {
    console.log('\nredis-server is not in PATH')
    return
  }
  const client = createClient({ url: database.url })
  await client.connect()
  for (const name of Object.keys(cases)) {
    console.log(`\n${name}, limits in Redis`)
    await measure(name, security.redisFailures(client, { prefix: `${name}:` }))
  }
  client.destroy()
  await database.close()
}
