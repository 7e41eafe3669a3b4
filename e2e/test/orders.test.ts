// The orders service as its operator sees it: a process with variables, ports, signals and exit
// codes.
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Stack, startStack } from '@clew/example-orders/stack'
import * as security from '@clew/security'
import { type Child, startNode } from '@clew/testing'
import { startPostgres } from '@clew/testing/postgres'
import { describeWith } from '@clew/testing/programs'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import pg from 'pg'

const program = (name: string) =>
  fileURLToPath(new URL(`../../examples/orders/dist/${name}`, import.meta.url))
const service = program('main.js')
const startScript = program('start.js')

/** Enough to start the service alone. Nothing listens at these URLs. */
const env = {
  HTTP_ADDR: '127.0.0.1:0',
  ADMIN_ADDR: '127.0.0.1:0',
  PAYMENTS_URL: 'http://127.0.0.1:9',
  ISSUER_URL: 'http://127.0.0.1:9',
  API_KEYS: '[]',
  REPORTS_PASSWORD_HASH: await security.hashPassword('secret'),
  OTEL_SDK_DISABLED: 'true',
  DRAIN_DELAY: '0s',
}

const stackTrace = /^\s+at .*:\d+/m

const closing: { close(): unknown }[] = []
afterEach(async () => {
  for (const resource of closing.splice(0).reverse()) await resource.close()
})
async function takenPort() {
  const server = createServer().listen(0, '127.0.0.1')
  closing.push(server)
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

const linesOf = (child: Child) => child.stdout.split('\n').filter(Boolean)

describe('invalid input: one clear message, no stack trace, the right exit code', () => {
  test('missing and malformed variables are all named: exit 78', async () => {
    const child = startNode(service, [], {
      env: { ...env, API_KEYS: undefined, HTTP_ADDR: 'nowhere', READ_TIMEOUT: '10' },
    })
    expect(await child.exit).toEqual({ code: 78, signal: null })
    for (const name of ['API_KEYS', 'HTTP_ADDR', 'READ_TIMEOUT']) {
      expect(child.stderr).toContain(name)
    }
    expect(child.stderr).not.toMatch(stackTrace)
  })

  test('an unreadable .env: exit 78', async () => {
    const cwd = mkdtempSync(join(tmpdir(), 'clew-env-'))
    writeFileSync(join(cwd, '.env'), 'this line says nothing\n')
    const child = startNode(service, [], { env: { ...env, NODE_ENV: 'development' }, cwd })
    expect(await child.exit).toEqual({ code: 78, signal: null })
    expect(child.stderr).toContain('.env')
    expect(child.stderr).not.toMatch(stackTrace)
    rmSync(cwd, { recursive: true })
  })

  test('a port in use is named: exit 1', async () => {
    const port = await takenPort()
    const child = startNode(service, [], { env: { ...env, HTTP_ADDR: `127.0.0.1:${port}` } })
    expect(await child.exit).toEqual({ code: 1, signal: null })
    const output = child.stdout + child.stderr
    expect(output).toContain(`127.0.0.1:${port}`)
    expect(output).toMatch(/in use/)
    expect(output).not.toMatch(stackTrace)
  })
})

test('pnpm start with a port in use: one clear message, exit 1', async () => {
  const port = await takenPort()
  const ports = { ADMIN_PORT: '0', PAYMENTS_PORT: '0', IDENTITY_PORT: '0', COLLECTOR_PORT: '0' }
  const child = startNode(startScript, [], { env: { ...ports, ORDERS_PORT: `${port}` } })
  const { code } = await child.exit
  expect({ code, stderr: child.stderr }).toEqual({
    code: 1,
    stderr: expect.stringContaining(`cannot listen on 127.0.0.1:${port}: the address is in use`),
  })
  expect(child.stderr).not.toMatch(stackTrace)
})

describe('dependencies that are down', () => {
  test('a database that is down: the service starts, logs it once, is not ready, answers 503', async () => {
    const child = startNode(service, [], {
      env: { ...env, DATABASE_URL: 'postgres://ada:s3cret@127.0.0.1:9/orders' },
    })
    const { url, admin } = await up(child)
    expect((await fetch(`${admin}/readyz`)).status).toBe(503)
    expect((await fetch(`${admin}/readyz`)).status).toBe(503)
    expect((await fetch(`${admin}/livez`)).status).toBe(200)
    expect((await fetch(`${url}/public`)).status).toBe(200)
    await child.until(/"type":"health.changed"|does not answer/)
    child.kill()
    expect(await child.exit).toEqual({ code: 0, signal: null })
    const about = linesOf(child).filter((line) =>
      /PostgreSQL at 127.0.0.1:9 does not answer/.test(line),
    )
    expect(about).toHaveLength(1)
    expect(child.stdout + child.stderr).not.toContain('s3cret')
  })

  test('a collector that is down: the service logs it at most five times, and answers', async () => {
    const child = startNode(service, [], {
      env: {
        ...env,
        OTEL_SDK_DISABLED: undefined,
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
        OTEL_TRACES_SAMPLER: 'always_on',
        OTEL_BSP_SCHEDULE_DELAY: '50',
        OTEL_METRIC_EXPORT_INTERVAL: '600000',
      },
    })
    const { url } = await up(child)
    for (let i = 0; i < 50; i++) expect((await fetch(`${url}/public`)).status).toBe(200)
    await child.until(/127\.0\.0\.1:9|export/)
    child.kill()
    expect(await child.exit).toEqual({ code: 0, signal: null })
    const about = linesOf(child).filter(
      (line) => /export/.test(line) && /"level":"(warn|error)"/.test(line),
    )
    expect(about.length).toBeGreaterThan(0)
    // Spans and metrics: that they cannot be sent, what is lost, and one repetition.
    expect(about.length).toBeLessThanOrEqual(5)
    expect(child.stderr).not.toMatch(stackTrace)
  })

  test('an identity provider that is down: 503 with a token, 401 without one', async () => {
    const child = startNode(service, [], { env })
    const { url } = await up(child)
    const now = Math.floor(Date.now() / 1_000)
    const claims = {
      iss: 'http://127.0.0.1:9',
      aud: 'https://orders.example',
      sub: 'ada',
      iat: now,
      exp: now + 60,
      scope: 'api:read',
    }
    const encode = (data: string | Uint8Array) => Buffer.from(data).toString('base64url')
    const token = [
      encode(JSON.stringify({ alg: 'ES256', kid: 'k', typ: 'at+jwt' })),
      encode(JSON.stringify(claims)),
      encode(new Uint8Array(64).fill(1)),
    ].join('.')
    const answer = await fetch(`${url}/orders/1`, { headers: { authorization: `Bearer ${token}` } })
    expect(answer.status).toBe(503)
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await fetch(`${url}/orders/1`)).status).toBe(401)
    child.kill()
    await child.exit
  })
})

describe('the running stack', () => {
  let stack: Stack
  beforeAll(async () => {
    stack = await startStack({ env: { OTEL_TRACES_SAMPLER: 'always_on', DRAIN_DELAY: '0s' } })
  })
  afterAll(() => stack.stop())

  const call = async (path: string, init?: RequestInit) => {
    const answer = await fetch(new URL(path, stack.orders.url), init)
    return {
      status: answer.status,
      body: (await answer.json().catch(() => ({}))) as { readonly id?: string },
    }
  }
  const bearer = async (scope: string) => ({
    authorization: `Bearer ${await stack.identity.token({ scope })}`,
  })
  const post = async (body: string) =>
    call('/orders', {
      method: 'POST',
      headers: { ...(await bearer('api:read api:write')), 'content-type': 'application/json' },
      body,
    })

  test('an order is created, stored in PostgreSQL, and read back', async () => {
    const created = await post(JSON.stringify({ customer: 'ada', amount: 100, card: 'card_ok' }))
    expect(created.status).toBe(201)
    const found = await call(`/orders/${created.body.id}`, { headers: await bearer('api:read') })
    expect(found).toEqual({ status: 200, body: created.body })
  })

  test.each([
    ['not JSON', '{', 400],
    ['not an order', '{"amount":0}', 422],
    ['an unknown field', '{"customer":"a","amount":1,"card":"card_ok","admin":true}', 422],
    ['too large', JSON.stringify({ customer: 'x'.repeat(20_000) }), 413],
  ])('input is validated: %s', async (_title, body, status) => {
    expect((await post(body)).status).toBe(status)
  })

  test('an order that does not exist: 404', async () => {
    expect((await call('/orders/1', { headers: await bearer('api:read') })).status).toBe(404)
  })

  test('a request is one trace across both processes, with the right parents', async () => {
    await post(JSON.stringify({ customer: 'traced', amount: 321, card: 'card_ok' }))
    const spans = await stack.collector.until(({ spans }) => {
      const root = spans.find(
        (s) => s.name === 'create_order' && s.attributes['order.amount'] === 321,
      )
      const trace = spans.filter((s) => s.traceId === root?.traceId)
      return (
        ['POST /orders', 'POST', 'POST /charges', 'bank.transfer'].every((name) =>
          trace.some((s) => s.name === name),
        ) && trace
      )
    })
    const chain: string[] = []
    let span = spans.find((s) => s.name === 'bank.transfer')
    while (span) {
      chain.unshift(`${span.resource['service.name']} ${span.kind} ${span.name}`)
      const parent = span.parentSpanId
      span = spans.find((s) => s.spanId === parent)
    }
    expect(chain).toEqual([
      'orders server POST /orders',
      'orders internal create_order',
      'orders client POST',
      'payments server POST /charges',
      'payments internal bank.transfer',
    ])
  })
})

describeWith('postgres', 'a PostgreSQL server', () => {
  test('stores the orders, over a pool of connections', async () => {
    const server = await startPostgres()
    closing.push(server)
    const stack = await startStack({ databaseUrl: server.url, env: { DRAIN_DELAY: '0s' } })
    closing.push({ close: () => stack.stop() })
    const authorization = `Bearer ${await stack.identity.token({ scope: 'api:write' })}`
    const create = (amount: number) =>
      fetch(new URL('/orders', stack.orders.url), {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json' },
        body: JSON.stringify({ customer: 'ada', amount, card: 'card_ok' }),
      })
    const answers = await Promise.all([1, 2, 3, 4, 5].map(create))
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201])

    const client = new pg.Client(server.url)
    await client.connect()
    const { rows } = await client.query('select amount from orders order by amount')
    expect(rows.map(({ amount }) => amount)).toEqual([1, 2, 3, 4, 5])
    await client.end()
  })
})

async function up(child: Child): Promise<{ url: string; admin: string }> {
  const [line] = await child.until(/^.*orders is up.*$/m)
  return JSON.parse(line)
}
