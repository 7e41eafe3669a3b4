// A service with all eight packages, which asks itself and checks what it was answered: what each
// cell of the matrix runs, as it is or translated. It uses nothing but Node and the packages.
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { PassThrough } from 'node:stream'
import * as config from '@clew/config'
import * as debug from '@clew/debug'
import * as health from '@clew/health'
import * as log from '@clew/log'
import * as metrics from '@clew/metrics'
import * as security from '@clew/security'
import * as server from '@clew/server'
import * as trace from '@clew/trace'

const secret = 'a secret that two services share, and no one else'
const issuer = 'https://issuer.example'
const audience = 'https://orders.example'

function signToken(claims: object): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const content = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`
  return `${content}.${createHmac('sha256', secret).update(content).digest('base64url')}`
}

/** Rejects if anything is not as it must be. */
export async function run(): Promise<void> {
  const cfg = config.load(
    { address: config.address({ default: '127.0.0.1:0' }), limit: config.integer({ default: 2 }) },
    { env: { LIMIT: '7' } },
  )
  equal(cfg.limit, 7)

  let written = ''
  const to = new PassThrough().on('data', (chunk: Buffer) => {
    written += chunk.toString()
  })
  const logger = log.configure({ outputs: { to, format: 'json' } })
  const service = { name: process.env['CELL'] ?? 'matrix' }
  const tracing = await trace.configure({
    service,
    exporter: trace.otlp(),
  })
  const orders = metrics.counter('orders', { unit: '{order}' })
  const meters = await metrics.configure({ service, exporter: metrics.otlp(), prometheus: true })

  const jwt = security.jwt('jwt', {
    issuers: [{ issuer, audience, secret, algorithms: ['HS256'] }],
    scopes: { read: 'Read orders' },
  })
  const api = security.create({ default: jwt.scopes('read') })
  const list = security.handler(api.method('list'), async (req, res) => {
    await trace.span('work', {}, async () => {
      log.info('reading', { from: 'memory' })
      orders.add(1)
      if (req.url === '/fails') throw new Error('no orders today')
    })
    res.end(`hello ${security.principal(req).subject}`)
  })

  const running = server.create(list, {
    logger,
    tracing,
    metrics: meters,
    health: health.checker([health.pinger('memory', () => {})]),
    debug: debug.console({ logger }),
    address: cfg.address,
    admin: { address: '127.0.0.1:0' },
    shutdown: { lingerMs: 0 },
  })
  const { address, admin } = await running.listen()
  const ask = async (url: string | undefined, authorization?: string) => {
    const headers = authorization === undefined ? {} : { authorization }
    const answer = await fetch(url ?? '', { headers })
    return { status: answer.status, text: await answer.text() }
  }

  const exp = Math.floor(Date.now() / 1_000) + 60
  const token = signToken({ iss: issuer, aud: audience, sub: 'ann', scope: 'read', exp })
  const bearer = `Bearer ${token}`
  deepEqual(await ask(`${address.url}/orders`, bearer), { status: 200, text: 'hello ann' })
  equal((await ask(`${address.url}/orders`, `${bearer}x`)).status, 401)
  equal((await ask(`${address.url}/orders`)).status, 401)
  equal((await ask(`${address.url}/fails`, bearer)).status, 500)
  equal((await ask(`${admin?.url}/readyz`)).status, 200)
  match((await ask(`${admin?.url}/metrics`)).text, /^orders_total(\{[^}]*\})? 2$/m)
  match((await ask(`${admin?.url}/debug/live`)).text, /"/)
  const profile = await debug.cpuProfile({ seconds: 0.1 })
  ok(profile.pprof.length > 100)

  const report = await running.shutdown()
  equal(report.clean, true)
  await logger.shutdown()
  const lines = written
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
  const read = lines.filter((line) => line['msg'] === 'reading')
  equal(read.length, 1, 'the line of the request that failed, and no other')
  match(String(read[0]?.['trace_id']), /^[0-9a-f]{32}$/)
}
