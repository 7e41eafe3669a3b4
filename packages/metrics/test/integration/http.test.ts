import { request as send } from 'node:http'
import { recordOf } from '@clew/internal/requests/record'
import * as metrics from '@clew/metrics'
import { type Collector, type Listening, listen, startCollector } from '@clew/testing'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import express from 'express'
import express4 from 'express4'

let collector: Collector
let meters: metrics.Meters
let server: Listening | undefined

beforeEach(async () => {
  collector = await startCollector()
  meters = await metrics.configure({
    service: { name: 'orders' },
    exporter: metrics.otlp({ endpoint: collector.endpoint }),
    runtime: false,
  })
})

afterEach(async () => {
  await server?.close()
  server = undefined
  await meters.shutdown()
  await collector.close()
})

async function durations() {
  await meters.flush()
  return collector.points.filter(({ name }) => name === 'http.server.request.duration')
}

for (const [name, make] of [
  ['Express 5', express],
  ['Express 4', express4],
] as const) {
  test(`${name}: method, scheme, route template, status; active requests`, async () => {
    const app = make()
    app.use(meters.http())
    app.use(metrics.http()) // passes straight through
    const router = make.Router()
    router.get('/orders/:id', (_req, res) => void res.json({}))
    app.use('/api', router)
    app.get('/boom', () => {
      throw new Error('boom')
    })
    app.use((_req, res) => void res.status(404).end())
    app.use(
      ((_error, _req, res, _next) => void res.status(500).end()) as express.ErrorRequestHandler,
    )
    server = await listen(app)
    for (const path of ['/api/orders/1', '/api/orders/2', '/boom', '/nothing/3']) {
      await (await fetch(server.url + path)).arrayBuffer()
    }
    await fetch(server.url, { method: 'PROPFIND' })
    const found = await durations()
    expect(found.map(({ attributes, count }) => ({ ...attributes, count })).sort(byJson)).toEqual(
      [
        {
          'http.request.method': 'GET',
          'url.scheme': 'http',
          'http.route': '/api/orders/:id',
          'http.response.status_code': 200,
          count: 2,
        },
        {
          'http.request.method': 'GET',
          'url.scheme': 'http',
          'http.route': '/boom',
          'http.response.status_code': 500,
          'error.type': '500',
          count: 1,
        },
        {
          'http.request.method': 'GET',
          'url.scheme': 'http',
          'http.response.status_code': 404,
          count: 1,
        },
        {
          'http.request.method': '_OTHER',
          'url.scheme': 'http',
          'http.response.status_code': 404,
          count: 1,
        },
      ].sort(byJson),
    )
    const active = collector.points.filter((point) => point.name === 'http.server.active_requests')
    expect(active.map(({ value, attributes }) => ({ value, ...attributes }))).toEqual([
      { value: 0, 'http.request.method': 'GET', 'url.scheme': 'http' },
      { value: 0, 'http.request.method': '_OTHER', 'url.scheme': 'http' },
    ])
  })
}

const byJson = (a: object, b: object) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)

test('the operation and the route in the record of the request become labels', async () => {
  const measure = metrics.http()
  server = await listen((req, res) =>
    measure(req, res, () => {
      const record = recordOf(req)
      record.operation = { service: 'orders', method: 'create' }
      record.route = '/orders/{id}'
      res.end()
    }),
  )
  await fetch(server.url)
  expect((await durations())[0]?.attributes).toEqual({
    'http.request.method': 'GET',
    'url.scheme': 'http',
    'http.response.status_code': 200,
    'http.route': '/orders/{id}',
    'api.service': 'orders',
    'api.method': 'create',
  })
})

test('a client that leaves before the answer: no status, error.type aborted', async () => {
  const measure = metrics.http()
  server = await listen((req, res) => {
    res.once('close', () => gone.resolve())
    measure(req, res, () => request.destroy())
  })
  const gone = deferred<void>()
  const request = send(server.url)
  request.on('error', () => {}).end()
  await gone.promise
  expect((await durations())[0]?.attributes).toEqual({
    'http.request.method': 'GET',
    'url.scheme': 'http',
    'error.type': 'aborted',
  })
})

test('an active request is counted while it runs', async () => {
  const measure = metrics.http()
  const arrived = deferred<() => void>()
  server = await listen((req, res) => measure(req, res, () => arrived.resolve(() => res.end())))
  const answer = fetch(server.url)
  const finish = await arrived.promise
  await meters.flush()
  expect(
    collector.points.map(({ name, value, attributes }) => [name, value, attributes]),
  ).toContainEqual([
    'http.server.active_requests',
    1,
    { 'http.request.method': 'GET', 'url.scheme': 'http' },
  ])
  finish()
  await answer
})

function deferred<T>() {
  let resolve: (value: T) => void = () => {}
  const promise = new Promise<T>((give) => {
    resolve = give
  })
  return { promise, resolve: (value: T) => resolve(value) }
}
