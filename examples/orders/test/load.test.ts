// The demo's check "0 requests were lost" is only meaningful if lost requests are counted.
import { listen } from '@clew/testing'
import { afterEach, expect, test } from '@jest/globals'
import { startLoad } from '../src/demo/load.ts'

let server: Awaited<ReturnType<typeof listen>>
afterEach(() => server.close())

const next = () => ({ headers: {}, body: '{}' })

test('a request whose connection is cut counts as lost', async () => {
  server = await listen((req) => req.socket.destroy())
  const load = startLoad(3, new URL(server.url), next)
  await load.done
  expect(load.lost).toHaveLength(3)
  expect([load.sent, load.answered]).toEqual([3, 0])
})

test('a client leaves after Connection: close, and nothing is lost', async () => {
  server = await listen((_req, res) => res.setHeader('connection', 'close').end())
  const load = startLoad(3, new URL(server.url), next)
  await load.done
  expect(load.lost).toEqual([])
  expect([...load.statuses]).toEqual([[200, 3]])
})
