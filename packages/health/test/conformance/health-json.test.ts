// draft-inadarei-api-health-check-06, "Health Check Response Format for HTTP APIs".

import * as health from '@clew/health'
import { type Listening, listen } from '@clew/testing'
import { afterEach, expect, test } from '@jest/globals'

const open: Listening[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

const fine = () => {}
const broken = () => {
  throw new Error('gone')
}

async function answer(
  pingers: readonly health.Pinger[],
  kind: health.Kind = 'details',
  version?: string,
) {
  const listening = await listen(health.checker(pingers, { version }).handler(kind))
  open.push(listening)
  const response = await fetch(listening.url, { headers: { accept: 'application/health+json' } })
  const type = response.headers.get('content-type')
  return { code: response.status, type, body: (await response.json()) as any }
}

test('§3: the media type is application/health+json', async () => {
  expect((await answer([health.pinger('db', fine)])).type).toBe('application/health+json')
})

test('§3.1: pass and warn go with a 2xx code, fail with a 5xx code', async () => {
  const optional = { critical: false }
  const cases: [health.Pinger, string, number][] = [
    [health.pinger('db', fine), 'pass', 200],
    [health.pinger('db', broken, optional), 'warn', 200],
    [health.pinger('db', broken), 'fail', 503],
  ]
  for (const [pinger, status, code] of cases) {
    for (const kind of ['ready', 'details'] as const) {
      const given = await answer([pinger], kind)
      expect([given.code, given.body.status]).toEqual([code, status])
    }
  }
})

test('§3.3: releaseId is the version of the implementation, left out when unknown', async () => {
  expect((await answer([], 'details', '1.2.3')).body.releaseId).toBe('1.2.3')
  expect((await answer([])).body).not.toHaveProperty('releaseId')
})

test('§3.5: output is raw text, and left out for pass', async () => {
  const { body } = await answer([health.pinger('a', fine), health.pinger('b', broken)])
  expect(body.checks['a:responseTime'][0]).not.toHaveProperty('output')
  expect(body.checks['b:responseTime'][0].output).toBe('gone')
})

test('§4: keys of checks are component:measurement, each with an array of objects', async () => {
  const { body } = await answer([health.pinger('redis:1', fine)])
  expect(Object.keys(body.checks)).toEqual(['redis%3A1:responseTime', 'uptime'])
  for (const [key, checks] of Object.entries(body.checks)) {
    expect(key.split(':').length).toBeLessThanOrEqual(2)
    expect(checks).toEqual([expect.any(Object)])
  }
})

test('§4.3, §4.4, §4.5, §4.7: value, unit, status and RFC 3339 time of a measurement', async () => {
  const { body } = await answer([health.pinger('db', fine)])
  expect(body.checks['db:responseTime']).toEqual([
    {
      componentId: 'db',
      observedValue: expect.any(Number),
      observedUnit: 'ms',
      status: 'pass',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    },
  ])
})
