import { type Collector, type Listening, listen, startCollector } from '@clew/testing'
import * as trace from '@clew/trace'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { applications, requests } from '../express-routes.ts'

let collector: Collector
let tracing: trace.Tracing
let server: Listening | undefined

beforeEach(async () => {
  collector = await startCollector()
  tracing = await trace.configure({
    service: { name: 'express' },
    exporter: trace.otlp({ endpoint: collector.endpoint }),
    sampler: 'always',
    clients: false,
  })
})

afterEach(async () => {
  await server?.close()
  server = undefined
  await tracing.shutdown()
  await collector.close()
})

test.each(applications)('%s: span and route are named by the template', async (_name, create) => {
  server = await listen(create(trace.http()))
  // Twice: templates that were found are remembered.
  for (const [path] of [...requests, ...requests]) {
    await (await fetch(server.url + path)).arrayBuffer()
  }
  await tracing.flush()
  const found = collector.spans.map(({ name, attributes }) => [
    name,
    attributes['http.response.status_code'],
    attributes['http.route'],
  ])
  const expected = requests.map(([_path, status, route]) => [
    route === undefined ? 'GET' : `GET ${route}`,
    status,
    route,
  ])
  expect(found).toEqual([...expected, ...expected])
})
