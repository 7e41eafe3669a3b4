import * as metrics from '@clew/metrics'
import { type Listening, listen } from '@clew/testing'
import { afterEach, expect, test } from '@jest/globals'

let meters: metrics.Meters | undefined
let server: Listening | undefined

afterEach(async () => {
  await server?.close()
  await meters?.shutdown()
})

const orders = metrics.counter('orders', { description: 'Orders created', unit: '{order}' })
const latency = metrics.histogram('order.latency', { unit: 's', boundaries: [0.1, 1] })

test('a scrape shows names and units as the collector would, and exact values', async () => {
  meters = await metrics.configure({
    service: { name: 'orders', version: '1.0.0' },
    prometheus: { scopeLabels: false },
    runtime: false,
  })
  orders.add(2, { type: 'book' })
  latency.record(0.05)
  latency.record(3)
  server = await listen(meters.handler)
  const answer = await fetch(server.url)
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  const text = await answer.text()
  expect(text).toContain('# TYPE target_info gauge\n')
  expect(text).toMatch(/^target_info\{.*service_name="orders",service_version="1.0.0".*\} 1$/m)
  expect(text.slice(text.indexOf('# HELP orders'))).toBe(`# HELP orders_total Orders created
# TYPE orders_total counter
orders_total{type="book"} 2
# TYPE order_latency_seconds histogram
order_latency_seconds_bucket{le="0.1"} 1
order_latency_seconds_bucket{le="1"} 1
order_latency_seconds_bucket{le="+Inf"} 2
order_latency_seconds_sum 3.05
order_latency_seconds_count 2
`)
  orders.add(1, { type: 'book' })
  expect(await (await fetch(server.url)).text()).toContain('orders_total{type="book"} 3')
})

test('each series has its scope unless the option turns it off', async () => {
  meters = await metrics.configure({
    service: { name: 'orders' },
    prometheus: true,
    runtime: false,
  })
  orders.add(1)
  server = await listen(meters.handler)
  expect(await (await fetch(server.url)).text()).toContain(
    'orders_total{otel_scope_name="@clew/metrics"} 1\n',
  )
})

test('HEAD, another method, gzip', async () => {
  meters = await metrics.configure({ service: { name: 'orders' }, prometheus: true })
  orders.add(1)
  server = await listen(meters.handler)
  const head = await fetch(server.url, { method: 'HEAD' })
  expect([head.status, await head.text()]).toEqual([200, ''])
  const post = await fetch(server.url, { method: 'POST' })
  expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  for (let i = 0; i < 100; i++) orders.add(1, { i })
  const zipped = await fetch(server.url, { headers: { 'accept-encoding': 'gzip' } })
  expect(zipped.headers.get('content-encoding')).toBe('gzip')
  expect(await zipped.text()).toContain('orders_total{i="99"')
  const plain = await fetch(server.url, { headers: { 'accept-encoding': 'identity, gzip;q=0' } })
  expect(plain.headers.get('content-encoding')).toBeNull()
})

test('without prometheus the handler answers 404 and says why', async () => {
  meters = await metrics.configure({ service: { name: 'orders' } })
  server = await listen(meters.handler)
  const answer = await fetch(server.url)
  expect([answer.status, await answer.text()]).toEqual([
    404,
    'Prometheus is off: set the option prometheus of metrics.configure to true.\n',
  ])
})
