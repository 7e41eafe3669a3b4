import * as metrics from '@clew/metrics'
import { type Listening, listen } from '@clew/testing'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { type Running, running } from '../capture.ts'
import { applications, requests } from '../express-routes.ts'

let run: Running
let server: Listening | undefined

beforeEach(async () => {
  run = await running()
})

afterEach(async () => {
  await server?.close()
  server = undefined
  await run.meters.shutdown()
})

test.each(applications)('%s: series are told apart by the template', async (_name, create) => {
  server = await listen(create(metrics.http()))
  const expected = new Map<string, number>()
  for (const [path, status, route] of requests) {
    await (await fetch(server.url + path)).arrayBuffer()
    const key = `${status} ${route}`
    expected.set(key, (expected.get(key) ?? 0) + 1)
  }
  await run.meters.flush()
  const found = run.to.last('http.server.request.duration') as [
    Record<string, unknown>,
    { count: number },
  ][]
  expect(
    new Map(
      found.map(([labels, { count }]) => [
        `${labels['http.response.status_code']} ${labels['http.route']}`,
        count,
      ]),
    ),
  ).toEqual(expected)
})
