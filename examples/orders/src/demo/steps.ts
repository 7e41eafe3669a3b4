// The steps of the demo, one function each: send requests to the running services, and show and
// check the effects.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Stack } from '../stack.ts'
import { type Call, type CallResult, formatLine, type LogLine, linesOf } from './client.ts'
import { startLoad } from './load.ts'
import { topFunctions } from './profile.ts'
import { check, paint, quote, say, step } from './show.ts'
import { traceTree } from './trace-tree.ts'

export interface Stage {
  readonly stack: Stack
  readonly orders: Call
  readonly admin: Call
  readonly tokens: {
    readonly read: string
    readonly write: string
    readonly admin: string
    readonly expired: string
  }
}

const order = (card: string, amount = 4_200) => ({ customer: 'ada', amount, card })

const sayResult = ({ status, ms }: CallResult, what: string) =>
  say(
    `${what} → ${paint(status < 400 ? 'green' : 'yellow', String(status))} in ${ms.toFixed(0)} ms`,
  )

async function until<T>(
  look: () => T | undefined | false,
  timeoutMs = 15_000,
): Promise<T | undefined> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    const found = look()
    if (found || Date.now() > deadline) return found || undefined
    await sleep(20)
  }
}

const linesWith = (stack: Stack, requestId: string): LogLine[] =>
  linesOf(stack).filter((line) => line['request_id'] === requestId)

/**
 * The first requests are slow, because they load keys and open connections: do them before the
 * demo.
 */
export async function warmUp({ orders, tokens }: Stage): Promise<void> {
  await orders('GET', '/admin', { token: tokens.admin })
  await orders('POST', '/orders', { token: tokens.write, json: order('card_broken') })
}

export async function logs({ stack, orders, tokens }: Stage): Promise<string> {
  step('Logs that appear only when they matter')
  const success = await orders('POST', '/orders', { token: tokens.write, json: order('card_ok') })
  sayResult(success, 'POST /orders, a valid card')
  const failure = await orders('POST', '/orders', {
    token: tokens.write,
    json: order('card_broken'),
  })
  sayResult(failure, 'POST /orders, payments fails')

  const lines =
    (await until(() => {
      const found = linesWith(stack, failure.requestId)
      return found.some((line) => line['http.status'] === 502) && found
    })) ?? []
  quote(lines.map(formatLine).join('\n'))
  const traceId = String(lines[0]?.['trace_id'] ?? '')
  check(success.status === 201, 'the successful request was answered 201', success)
  check(
    linesWith(stack, success.requestId).length === 0,
    'and wrote no log lines',
    linesWith(stack, success.requestId),
  )
  check(failure.status === 502, 'the failing request was answered 502', failure)
  check(
    lines.some((line) => line['msg'] === 'processing order' && line['level'] === 'info'),
    'and wrote the info lines that were held back',
  )
  check(
    /^[0-9a-f]{32}$/.test(traceId) && lines.every((line) => line['trace_id'] === traceId),
    `each with the trace ID ${traceId.slice(0, 8)}…`,
    lines,
  )
  return traceId
}

export async function traces({ stack }: Stage, traceId: string): Promise<void> {
  step('The trace of that request, across two services')
  const spansOfTrace = () => stack.collector.spans.filter((span) => span.traceId === traceId)
  await stack.collector
    .until(() => spansOfTrace().length >= 4 && spansOfTrace().some((s) => !s.parentSpanId))
    .catch(() => {})
  quote(traceTree(stack.collector.spans, traceId))
  const spans = spansOfTrace()
  const named = (name: string, service: string) =>
    spans.find((s) => s.name === name && s.resource['service.name'] === service)
  const client = spans.find((span) => span.kind === 'client')
  const remote = named('POST /charges', 'payments')
  check(
    named('POST /orders', 'orders')?.status === 'error',
    'orders: the server span has status error',
  )
  check(
    named('create_order', 'orders')?.events.some((event) => event.name === 'exception') === true,
    'create_order: the span has the exception',
  )
  check(
    remote !== undefined && remote.parentSpanId === client?.spanId,
    "payments: the server span is a child of undici's client span",
  )
}

export async function slow({ stack, orders, tokens }: Stage): Promise<void> {
  step('A slow request: found by its lines and its trace')
  const result = await orders('POST', '/orders', { token: tokens.write, json: order('card_slow') })
  sayResult(result, 'POST /orders, a slow bank')
  const lines =
    (await until(() => {
      const found = linesWith(stack, result.requestId)
      return found.some((line) => line['http.status'] === 201) && found
    })) ?? []
  quote(lines.map(formatLine).join('\n'))
  check(result.status === 201, 'it was answered 201', result)
  check(lines.length > 1, 'it took longer than a second, so its lines were written', lines)
  const span = await stack.collector
    .until(({ spans }) => spans.find((s) => s.name === 'bank.transfer' && s.durationMs > 1_000))
    .catch(() => undefined)
  check(
    span !== undefined,
    `the trace shows where: ${span?.name}, ${span?.durationMs.toFixed(0)} ms`,
  )
}

export async function metrics({ stack, admin }: Stage): Promise<void> {
  step('Metrics: pushed to the collector, and scraped from /metrics')
  const points = (name: string) => stack.collector.points.filter((point) => point.name === name)
  const value = (name: string) => points(name).at(-1)
  await stack.collector
    .until(() => (value('orders')?.value ?? 0) >= 2 && (value('order.latency')?.count ?? 0) >= 1)
    .catch(() => {})
  const server = points('http.server.request.duration').find(
    (point) => point.attributes['http.route'] === '/orders',
  )
  const timed = points('order.latency').findLast((point) => !point.attributes['error.type'])
  for (const point of [value('orders'), timed, server]) {
    if (!point) continue
    const shown =
      point.count === undefined
        ? point.value
        : `count ${point.count}, sum ${point.value.toFixed(3)}`
    say(
      `${point.name.padEnd(30)} ${String(shown).padEnd(24)} ${paint('gray', JSON.stringify(point.attributes))}`,
    )
  }
  check(value('orders')?.value === 2, 'orders: 2 created', value('orders'))
  check(
    timed?.unit === 's' && timed.type === 'histogram',
    'order.latency: a histogram in seconds',
    timed,
  )
  check(server !== undefined, 'http.server.request.duration: by route template, not by path')
  const scraped = await admin('GET', '/metrics')
  const lines = scraped.body.split('\n').filter((line) => /^orders_total/.test(line))
  quote(lines.join('\n'))
  check(
    lines.length === 1 && / 2( \d+)?$/.test(lines[0] ?? ''),
    '/metrics shows the same count',
    lines,
  )
}

export async function health({ stack, admin, orders, tokens }: Stage): Promise<void> {
  step('Health: the database stops, and comes back')
  const showHealth = async () => {
    const result = await admin('GET', '/healthz')
    say(
      `GET /healthz → ${paint(result.status === 200 ? 'green' : 'red', String(result.status))}  ${result.body}`,
    )
    return result.status
  }
  const waitForReadiness = async (status: number) => {
    const deadline = Date.now() + 8_000
    while ((await admin('GET', '/readyz')).status !== status && Date.now() < deadline)
      await sleep(100)
  }
  check((await showHealth()) === 200, 'ready: 200')
  await stack.database.stop()
  await waitForReadiness(503)
  check((await showHealth()) === 503, 'database stopped: 503')
  check(
    (await admin('GET', '/livez')).status === 200,
    'still alive, since a restart would not help',
  )
  const refused = await orders('GET', '/admin', { token: tokens.admin })
  sayResult(refused, 'GET /admin')
  check(refused.status === 503, 'a request that needs the database: 503, not a crash', refused)
  await stack.database.start()
  await waitForReadiness(200)
  check((await showHealth()) === 200, 'database back: 200')
}

export async function debugLogs({ stack, orders, admin, tokens }: Stage): Promise<void> {
  step('Debug logs, switched on for one route')
  const session = await admin('POST', '/debug/sessions', {
    json: { level: 'debug', filter: { path: '/orders/:id' }, ttlMs: 60_000, actor: 'demo' },
  })
  say(`POST /debug/sessions → ${session.status}  ${session.body.slice(0, 140)}`)
  const created = JSON.parse(
    (await orders('POST', '/orders', { token: tokens.write, json: order('card_ok') })).body,
  )
  const watched = await orders('GET', `/orders/${created.id}`, { token: tokens.read })
  const other = await orders('GET', '/public')
  sayResult(watched, 'GET /orders/:id')
  sayResult(other, 'GET /public')
  const lines =
    (await until(() => {
      const found = linesWith(stack, watched.requestId)
      return found.some((line) => line['level'] === 'debug') && found
    })) ?? []
  quote(lines.map(formatLine).join('\n'))
  check(session.status === 201, 'the session is open for one minute', session)
  check(
    lines.some((line) => line['level'] === 'debug'),
    'the route writes debug lines',
    lines,
  )
  check(linesWith(stack, other.requestId).length === 0, 'other routes write none')
}

export async function profile({ stack, tokens }: Stage): Promise<void> {
  step('A CPU profile of the running service')
  const load = startLoad(4, new URL('/orders', stack.orders.url), () => ({
    headers: { authorization: `Bearer ${tokens.write}`, 'content-type': 'application/json' },
    body: JSON.stringify(order('card_ok')),
  }))
  const response = await fetch(new URL('/debug/pprof/profile?seconds=2', stack.orders.adminUrl))
  const bytes = new Uint8Array(await response.arrayBuffer())
  await load.stop()
  say(
    `GET /debug/pprof/profile?seconds=2 → ${response.status}, ${bytes.length} bytes of pprof, under ${load.answered} requests`,
  )
  const top = response.ok ? topFunctions(bytes, 5) : []
  for (const { name, file, percent } of top) {
    say(`${percent.toFixed(1).padStart(5)} %  ${name.padEnd(26)} ${paint('gray', file)}`)
  }
  // V8 may have inlined assessRisk into the function that calls it.
  check(top[0]?.file === 'src/orders.ts', 'the risk assessment in src/orders.ts is on top', top[0])
  check(load.lost.length === 0, 'and no request was lost', load.lost)
}

export async function security({ orders, tokens, stack }: Stage): Promise<void> {
  step('Security: who got in, and who did not')
  const basic = (password: string) => ({
    authorization: `Basic ${Buffer.from(`reports:${password}`).toString('base64')}`,
  })
  const { apiKey, password } = stack.credentials
  const cases: readonly [string, string, number, Parameters<Call>[2]][] = [
    ['GET /orders/1, no token', 'GET /orders/1', 401, {}],
    ['GET /orders/1, an expired token', 'GET /orders/1', 401, { token: tokens.expired }],
    ['GET /orders/1, a forged token', 'GET /orders/1', 401, { token: forge(tokens.read) }],
    [
      'POST /orders, scope api:read',
      'POST /orders',
      403,
      { token: tokens.read, json: order('card_ok') },
    ],
    [
      'POST /orders, an invalid order',
      'POST /orders',
      422,
      { token: tokens.write, json: { amount: -1 } },
    ],
    ['GET /admin, scope api:write', 'GET /admin', 403, { token: tokens.write }],
    ['GET /admin, scope api:admin', 'GET /admin', 200, { token: tokens.admin }],
    ['GET /users, API key', 'GET /users', 200, { headers: { 'x-api-key': apiKey } }],
    [
      'GET /users, unknown API key',
      'GET /users',
      401,
      { headers: { 'x-api-key': apiKey.replace(/.$/, (last) => (last === 'x' ? 'y' : 'x')) } },
    ],
    ['GET /reports, right password', 'GET /reports', 200, { headers: basic(password) }],
    ['GET /reports, wrong password', 'GET /reports', 401, { headers: basic('guess') }],
    ['GET /public, no credentials', 'GET /public', 200, {}],
  ]
  for (const [title, target, expected, options] of cases) {
    const [method = '', path = ''] = target.split(' ')
    const { status, challenge } = await orders(method, path, options)
    check(
      status === expected,
      `${title.padEnd(34)} ${status}  ${paint('gray', (challenge ?? '').slice(0, 70))}`,
      status,
    )
  }
  const leaked = [apiKey, password, tokens.write].filter((secret) =>
    stack.orders.process.stdout.includes(secret),
  )
  check(leaked.length === 0, 'no token, key or password is in any log line')
}

/** The same token with an invalid signature. */
const forge = (token: string) =>
  `${token.slice(0, -8)}${token.slice(-8) === 'AAAAAAAA' ? 'BBBBBBBB' : 'AAAAAAAA'}`

export async function shutdown({ stack, tokens }: Stage): Promise<void> {
  step('SIGTERM, under load')
  let turn = 0
  const load = startLoad(20, new URL('/orders', stack.orders.url), () => ({
    headers: { authorization: `Bearer ${tokens.write}`, 'content-type': 'application/json' },
    body: JSON.stringify(order(turn++ % 4 === 0 ? 'card_slow' : 'card_ok', 777)),
  }))
  await until(() => load.answered > 40)
  const inFlight = load.inFlight()
  stack.orders.process.kill('SIGTERM')
  await load.done
  const { code } = await stack.orders.process.exit
  const statuses = [...load.statuses].map(([status, count]) => `${count} × ${status}`).join(', ')
  say(
    `in flight at SIGTERM: ${inFlight}   answered in total: ${load.answered} (${statuses})   lost: ${load.lost.length}`,
  )
  const report = linesOf(stack).findLast((line) => line['msg'] === 'server stopped')
  for (const key of ['in_flight', 'arrived', 'answered', 'cut', 'hooks', 'flushed', 'total_ms']) {
    if (report) quote(`${key.padEnd(9)} ${JSON.stringify(report[key])}`)
  }
  const flushed = stack.collector.spans.filter(
    (span) =>
      span.kind === 'server' &&
      span.name === 'POST /orders' &&
      span.resource['service.name'] === 'orders',
  )
  say(`server spans of POST /orders at the collector: ${flushed.length}`)
  check(inFlight > 0, 'requests were in flight')
  check(load.lost.length === 0, '0 requests were lost', load.lost)
  check(load.statuses.size === 1 && load.statuses.has(201), 'all were answered 201', statuses)
  check(code === 0, 'the process exited with code 0', code)
  check(report?.['cut'] === 0, 'the shutdown report agrees: no request was cut', report)
  const orders = stack.collector.points.findLast(
    (p) => p.name === 'orders' && p.attributes['status'] === 'paid',
  )
  check(
    flushed.length >= load.answered,
    'the spans of all requests were exported before the exit',
    {
      spans: flushed.length,
      answered: load.answered,
    },
  )
  check(
    (orders?.value ?? 0) >= load.answered,
    `and so were the last metrics: orders ${orders?.value}`,
    orders,
  )
}
