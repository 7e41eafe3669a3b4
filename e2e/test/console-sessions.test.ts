import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { type Service, startService } from './console/service.ts'

let service: Service
beforeAll(async () => {
  service = await startService()
})
afterAll(() => service.stop())
beforeEach(async () => {
  for (const { id } of (await service.panel('sessions')).sessions) await ask(`/${id}`, 'DELETE')
  await service.panel('lines')
})

async function ask(path: string, method = 'POST', body: object = {}) {
  const answer = await fetch(`${service.admin}/debug/sessions${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(method === 'POST' && { body: JSON.stringify(body) }),
  })
  return { status: answer.status, ...((await answer.json()) as any) }
}

/** The orders whose debug line was written. */
async function looked(): Promise<string[]> {
  const { lines } = await service.panel('lines')
  return lines
    .filter(({ msg }: any) => msg === 'looking for an order')
    .map(({ fields }: any) => fields.order_id)
}

test('a session for a user is for requests with their credential', async () => {
  const { status, id } = await ask('', 'POST', { filter: { user: 'tests' } })
  expect(status).toBe(201)
  await service.ask('/orders/user-1')
  await service.ask('/orders/user-2', { headers: { 'x-api-key': 'another' } })
  await ask(`/${id}`, 'DELETE')
  await ask('', 'POST', { filter: { user: 'somebody else' } })
  await service.ask('/orders/user-3')
  expect((await looked()).filter((order) => order.startsWith('user-'))).toEqual(['user-1'])
  const { sessions } = await service.panel('sessions')
  expect(sessions[0].requests.matched).toBe(0)
})

test('a session for a trace is for its requests', async () => {
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
  await ask('', 'POST', { filter: { traceId } })
  const traceparent = `00-${traceId}-00f067aa0ba902b7-01`
  await service.ask('/orders/trace-1', { headers: { traceparent } })
  await service.ask('/orders/trace-2')
  expect((await looked()).filter((order) => order.startsWith('trace-'))).toEqual(['trace-1'])
})

test('a session for a share is for about that share of what matches', async () => {
  const { id } = await ask('', 'POST', { filter: { path: '/orders/:id', share: 0.5 } })
  for (let i = 0; i < 60; i++) await service.ask(`/orders/share-${i}`)
  const { requests } = await ask(`/${id}`, 'GET')
  expect(requests.seen).toBe(60)
  // Less likely than 1 in 10 million to be outside.
  expect(requests.matched).toBeGreaterThan(9)
  expect(requests.matched).toBeLessThan(51)
  expect((await looked()).filter((order) => order.startsWith('share-'))).toHaveLength(
    requests.matched,
  )
})

test('a session is extended, by its own time or another', async () => {
  const { id, expiresAt } = await ask('', 'POST', { ttlMs: 2000 })
  const longer = await ask(`/${id}`, 'POST', { ttlMs: 60_000 })
  expect(longer.status).toBe(200)
  expect(Date.parse(longer.expiresAt) - Date.parse(expiresAt)).toBeGreaterThan(50_000)
  const shorter = await ask(`/${id}`)
  expect(Date.parse(shorter.expiresAt)).toBeLessThan(Date.parse(longer.expiresAt))
  expect(await ask(`/${id}`, 'POST', { ttlMs: 1 })).toMatchObject({
    status: 400,
    error: 'POST /debug/sessions/:id: ttlMs must be an integer from 1000 to 86400000; received 1',
  })
  expect((await ask('/0123456789ab')).status).toBe(404)
})
