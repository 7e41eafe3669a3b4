import * as debug from '@clew/debug'
import * as server from '@clew/server'
import { afterEach, expect, test } from '@jest/globals'

let running: server.Server
let devtools: debug.Console
afterEach(async () => {
  await running.shutdown()
  await devtools.shutdown()
})

test('the debug console lets in what the guard of the admin listener lets in, and knows who it is', async () => {
  devtools = debug.console({ logger: { override: () => () => {} }, stalls: false })
  const errors: string[] = []
  running = server.create((_req, res) => void res.end(), {
    address: '127.0.0.1:0',
    logger: { log: (_level, message) => errors.push(message) },
    debug: devtools,
    admin: {
      address: '127.0.0.1:0',
      guard: (req, res, next) => {
        if (req.headers.authorization) next()
        else res.writeHead(401).end()
      },
      actor(req) {
        if (req.headers.authorization === 'broken') throw new Error('no name')
        return req.headers.authorization
      },
    },
  })
  const { admin } = await running.listen()
  const open = async (headers: Record<string, string>) => {
    const url = `${admin?.url}/debug?debug-logs=on`
    const answer = await fetch(url, { method: 'POST', headers })
    return [answer.status, devtools.sessions.list().at(-1)?.actor]
  }
  // As from another machine: without the guard's word it would be a 403.
  const proxied = { 'x-forwarded-for': '203.0.113.9' }
  expect(await open(proxied)).toEqual([401, undefined])
  expect(await open({ ...proxied, authorization: 'ann' })).toEqual([200, 'ann'])
  expect(await open({ ...proxied, authorization: 'broken' })).toEqual([200, 'anonymous'])
})
