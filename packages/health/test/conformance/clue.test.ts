// The behaviour of goa.design/clue/health that its users rely on: checker.go, handler.go, pinger.go.

import * as health from '@clew/health'
import { type Listening, listen } from '@clew/testing'
import { afterEach, expect, test } from '@jest/globals'

const open: Listening[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

async function answer(up: readonly boolean[], accept?: string) {
  const pingers = up.map((ok, index) => health.pinger(`dependency${index || ''}`, () => ok))
  const checker = health.checker(pingers, { version: '1.0' })
  const listening = await listen(checker.handler('details'))
  open.push(listening)
  const response = await fetch(listening.url, { headers: accept ? { accept } : {} })
  const body = (await response.text()).replace(/(uptime\W+)\d+/, '$10')
  return { status: response.status, type: response.headers.get('content-type'), body }
}

test('200 and a JSON body with uptime, version, status', async () => {
  expect(await answer([true])).toEqual({
    status: 200,
    type: 'application/json',
    body: '{"uptime":0,"version":"1.0","status":{"dependency":"OK"}}',
  })
})

test('503 and the same keys when a dependency is down', async () => {
  const { status, body } = await answer([true, false])
  expect(status).toBe(503)
  expect(body).toMatch(
    /^\{"uptime":0,"version":"1.0","status":\{"dependency":"OK","dependency1":"NOT OK"\},"errors":/,
  )
})

test('no status without dependencies', async () => {
  expect((await answer([])).body).toBe('{"uptime":0,"version":"1.0"}')
})

test('XML when the client asks for it', async () => {
  expect(await answer([true], 'application/xml')).toEqual({
    status: 200,
    type: 'application/xml; charset=utf-8',
    body: '<health><uptime>0</uptime><version>1.0</version><status><dependency>OK</dependency></status></health>',
  })
})

test('JSON when the client asks for something unknown', async () => {
  expect((await answer([true], 'application/unknown')).type).toBe('application/json')
})

test('a pinger asks http://host:port/livez; scheme and path can be chosen', async () => {
  const urls: (string | undefined)[] = []
  const listening = await listen((req, res) => {
    urls.push(req.url)
    res.end()
  })
  open.push(listening)
  await health
    .checker([
      health.httpPinger('a', `127.0.0.1:${listening.port}`),
      health.httpPinger('b', `127.0.0.1:${listening.port}`, { path: '/healthz' }),
    ])
    .check()
  expect(urls.sort()).toEqual(['/healthz', '/livez'])
})
