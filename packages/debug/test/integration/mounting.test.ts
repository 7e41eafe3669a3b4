import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, request as httpRequest } from 'node:http'
import { connect as connectH2, createServer as createH2 } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as debug from '@clew/debug'
import { listen } from '@clew/testing'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import express from 'express'
import { fakeLogger } from '../support/fake-logger.ts'

let console: debug.Console
beforeEach(() => {
  console = debug.console({ logger: fakeLogger(), heapSampling: false })
})
afterEach(() => console.shutdown())

async function with_(app: express.Express, use: (url: string) => Promise<void>) {
  const server = await listen(app)
  try {
    await use(server.url)
  } finally {
    await server.close()
  }
}

const json = { 'Content-Type': 'application/json' }

describe('Express', () => {
  test.each([
    ['app.use(handler)', '', (app: express.Express) => app.use(console.handler)],
    [
      "app.use('/debug', handler)",
      '',
      (app: express.Express) => app.use('/debug', console.handler),
    ],
    [
      "app.use('/ops', handler)",
      '/ops',
      (app: express.Express) => app.use('/ops', console.handler),
    ],
  ])('%s', async (_, prefix, mount) => {
    const app = express()
    mount(app)
    app.use((_req, res) => void res.status(418).end())
    await with_(app, async (url) => {
      for (const path of ['/debug', '/debug/', '/debug/sessions', '/debug/pprof/cmdline'])
        expect([path, (await fetch(url + prefix + path)).status]).toEqual([path, 200])
      const on = await fetch(`${url}${prefix}/debug?debug-logs=on`, { method: 'POST' })
      expect(await on.json()).toEqual({ 'debug-logs': 'on' })
      expect((await fetch(`${url}${prefix}/debug/nothing`)).status).toBe(404)
      expect((await fetch(`${url}/orders`)).status).toBe(418)
    })
  })

  test('a body parser in front does not turn a session for some into one for all', async () => {
    const app = express().use(express.json(), express.urlencoded()).use(console.handler)
    await with_(app, async (url) => {
      const open = (init: RequestInit) =>
        fetch(`${url}/debug/sessions`, { method: 'POST', ...init })
      const opened = await open({ headers: json, body: '{"filter":{"path":"/a"}}' })
      expect(await opened.json()).toMatchObject({ filter: { path: '/a' }, everywhere: false })
      expect((await open({ body: new URLSearchParams({ level: 'debug' }) })).status).toBe(415)
      expect((await open({})).status).toBe(201)
    })
  })

  test('a body that somebody else has read and thrown away is refused', async () => {
    const app = express()
      .use((req, _res, next) => void req.resume().on('end', next))
      .use(console.handler)
    await with_(app, async (url) => {
      const body = '{"filter":{"path":"/a"}}'
      const answer = await fetch(`${url}/debug/sessions`, { method: 'POST', headers: json, body })
      expect(answer.status).toBe(400)
      expect(console.sessions.list()).toEqual([])
    })
  })
})

describe('node:http', () => {
  test('over a Unix socket', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'clew-debug-'))
    const socketPath = join(folder, 's')
    const server = createServer(console.handler).listen(socketPath)
    await once(server, 'listening')
    const [res] = await once(
      httpRequest({
        socketPath,
        path: '/debug?debug-logs=on',
        method: 'POST',
        headers: { Host: 'localhost' },
      }).end(),
      'response',
    )
    expect(res.statusCode).toBe(200)
    res.resume()
    server.closeAllConnections()
    server.close()
    rmSync(folder, { recursive: true })
  })

  test('a body without end is cut off, and one that is announced too large is not read', async () => {
    const server = await listen(console.handler)
    const head =
      'POST /debug/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n'
    for (const body of [
      `Transfer-Encoding: chunked\r\n\r\n${'8000\r\n'}${' '.repeat(0x8000)}\r\n`,
      'Content-Length: 99999999\r\n\r\n{',
    ]) {
      const socket = connect(server.port, '127.0.0.1')
      let answer = ''
      socket.setEncoding('latin1').on('data', (text) => {
        answer += text
      })
      socket.write(head + body)
      await once(socket, 'end')
      expect(answer).toMatch(/^HTTP\/1\.1 413 /)
      expect(answer).toMatch(/^connection: close/im)
      socket.destroy()
    }
    expect(console.sessions.list()).toEqual([])
    await server.close()
  })

  test('a client that leaves within its body opens nothing, and is no failure', async () => {
    const reports: debug.Report[] = []
    console.subscribe((report) => reports.push(report))
    const server = await listen(console.handler)
    const socket = connect(server.port, '127.0.0.1')
    socket.write(
      'POST /debug/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
    )
    const [accepted] = await once(server.server, 'request')
    // Not once(): it would reject because of the error that comes first.
    const closed = new Promise((resolve) => accepted.on('close', resolve).on('error', () => {}))
    socket.destroy()
    await closed
    await new Promise(setImmediate)
    expect(reports).toEqual([])
    expect(console.sessions.list()).toEqual([])
    await server.close()
  })
})

test('HTTP/2', async () => {
  const server = createH2((req, res) => console.handler(req as never, res as never)).listen(
    0,
    '127.0.0.1',
  )
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const session = connectH2(`http://localhost:${port}`)
  const call = async (headers: Record<string, string>, body?: string) => {
    const stream = session.request(headers).end(body)
    const [answer] = await once(stream, 'response')
    let text = ''
    for await (const chunk of stream.setEncoding('utf8')) text += chunk
    return [answer[':status'], text]
  }
  const post = { ':method': 'POST', ':path': '/debug/sessions', 'content-type': 'application/json' }
  expect(await call({ ':path': '/debug' })).toEqual([
    200,
    expect.stringContaining('"debug-logs":"off"'),
  ])
  expect(await call(post, '{"filter":{"path":"/a"}}')).toEqual([
    201,
    expect.stringContaining('"/a"'),
  ])
  expect(await call(post, '')).toEqual([201, expect.stringContaining('"everywhere":true')])
  expect((await call(post, ' '.repeat(20_000)))[0]).toBe(413)
  expect((await call({ ':path': '/debug', ':authority': 'evil.example' }))[0]).toBe(403)
  session.close()
  server.close()
})
