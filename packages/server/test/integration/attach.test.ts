import { once } from 'node:events'
import { Agent, createServer, get, request } from 'node:http'
import { fileURLToPath } from 'node:url'
import * as server from '@clew/server'
import { nodeEval } from '@clew/testing'
import { afterEach, describe, expect, test } from '@jest/globals'
import express from 'express'

const lines: { level: string; message: string; fields: Record<string, unknown> }[] = []
const logger: server.LoggerPart = {
  log: (level, message, fields = {}) => void lines.push({ level, message, fields }),
}
const shutdown = { lingerMs: 50, timeoutMs: 1_500, abortMs: 200 }
const options = { logger, shutdown, signals: false }
const running = new Set<server.Server>()
afterEach(async () => {
  await Promise.all([...running].map((app) => app.shutdown()))
  running.clear()
  lines.length = 0
})

function attach(http: server.Server['http'], more: server.AttachOptions = {}) {
  const { promise, resolve } = withResolvers<server.Addresses>()
  const app = server.attach(http, { ...options, onListening: resolve, ...more })
  running.add(app)
  return { app, addresses: promise }
}

// Node 20 has no Promise.withResolvers.
function withResolvers<T>() {
  let resolve: (value: T) => void = () => {}
  const promise = new Promise<T>((resolve_) => {
    resolve = resolve_
  })
  return { promise, resolve }
}

function ask(url: string, path = '/', agent: Agent | false = false) {
  return new Promise<{ status: number; body: string; headers: Record<string, unknown> }>(
    (resolve, reject) => {
      get(new URL(path, url), { agent }, (res) => {
        let body = ''
        res.setEncoding('utf8').on('data', (text) => {
          body += text
        })
        res.on('end', () => resolve({ status: res.statusCode ?? 0, body, headers: res.headers }))
      }).on('error', reject)
    },
  )
}

const folder = fileURLToPath(new URL('../..', import.meta.url))

describe('in a process', () => {
  const source = (more: string) => `
    import * as server from '@clew/server'
    import { createServer } from 'node:http'
    const http = createServer((req, res) => {
      console.log('request')
      setTimeout(() => res.end('ok'), 500)
    })
    server.attach(http, {
      onListening: ({ address }) => console.log('ready', address.url),
      onShutdown: [() => console.log('closed')],
      onStopped: ({ reason }) => console.log('stopped by', reason),
    })
    http.listen(0, '127.0.0.1')
    ${more}`

  test('SIGTERM drains it, and ends the process with 0', async () => {
    const child = nodeEval(source(''), { cwd: folder })
    const [, url = ''] = await child.until(/ready (\S+)/)
    const answer = ask(url)
    await child.until(/request/)
    child.kill('SIGTERM')
    expect((await answer).body).toBe('ok')
    expect(await child.exit).toEqual({ code: 0, signal: null })
    expect(child.stdout).toMatch(/closed\nstopped by SIGTERM\n$/)
  })

  test('a port in use ends it with 1, by way of the hooks', async () => {
    const child = nodeEval(
      source(
        "createServer().listen(0, '127.0.0.1', function () { createServer().listen(this.address().port, '127.0.0.1') })",
      ),
      { cwd: folder },
    )
    expect(await child.exit).toEqual({ code: 1, signal: null })
    expect(child.stderr).toMatch(/EADDRINUSE/)
    expect(child.stdout).toMatch(/closed/)
  })

  test('closed by the application: it ends by itself, with 0', async () => {
    const child = nodeEval(source('setTimeout(() => http.close(), 100)'), { cwd: folder })
    expect(await child.exit).toEqual({ code: 0, signal: null })
    expect(child.stdout).toMatch(/closed\n$/)
  })
})

describe('attach', () => {
  test('an application that listens itself: parts, probes, draining, the report', async () => {
    const order: string[] = []
    const reached = withResolvers<void>()
    const release = withResolvers<void>()
    const express_ = express()
    express_.get('/slow', async (req, res) => {
      expect(server.draining(req).aborted).toBe(false)
      reached.resolve()
      await release.promise
      res.send('done')
    })
    const http = createServer(express_)
    const { app, addresses } = attach(http, {
      probes: true,
      admin: { address: '127.0.0.1:0' },
      tracing: {
        http: () => (req, _res, next) => {
          order.push(req.url ?? '')
          next()
        },
      },
      onDrain: () => void order.push('drain'),
      onShutdown: [() => void order.push('hook')],
    })
    expect(app.state).toBe('starting')
    expect(app.http).toBe(http)
    http.listen(0, '127.0.0.1')
    const { address, admin } = await addresses
    expect(app.state).toBe('listening')
    expect((await ask(address.url, '/readyz')).status).toBe(200)
    expect((await ask(admin?.url ?? '', '/readyz')).status).toBe(200)
    const slow = ask(address.url, '/slow')
    await reached.promise
    expect(app.inFlight).toBe(1)
    const stopped = app.shutdown('test')
    expect((await ask(admin?.url ?? '', '/readyz')).status).toBe(503)
    release.resolve()
    expect(await slow).toMatchObject({ body: 'done', headers: { connection: 'close' } })
    expect(await stopped).toMatchObject({ clean: true, inFlight: 1, answered: 1 })
    expect(order).toEqual(['/slow', 'drain', 'hook'])
    expect(http.listening).toBe(false)
  })

  test('a server that listens already', async () => {
    const http = createServer((_req, res) => res.end('ok')).listen(0, '127.0.0.1')
    await once(http, 'listening')
    const { app, addresses } = attach(http)
    expect((await ask((await addresses).address.url)).body).toBe('ok')
    expect((await app.shutdown()).clean).toBe(true)
  })

  test('listeners that are added later, and take the earlier ones for theirs, pass it too', async () => {
    const seen: string[] = []
    const http = createServer((_req, res) => res.end('application'))
    const { addresses } = attach(http, {
      metrics: {
        http: () => (req, _res, next) => {
          seen.push(req.url ?? '')
          next()
        },
      },
    })
    // As socket.io does.
    const others = http.listeners('request')
    http.removeAllListeners('request')
    http.on('request', (req, res) => {
      if (req.url === '/own') res.end('own')
      else for (const other of others) other.call(http, req, res)
    })
    http.listen(0, '127.0.0.1')
    const { address } = await addresses
    expect((await ask(address.url, '/own')).body).toBe('own')
    expect((await ask(address.url, '/app')).body).toBe('application')
    expect(seen).toEqual(['/own', '/app'])
  })

  test('Expect: 100-continue with a listener of its own', async () => {
    const http = createServer((_req, res) => res.end('ok'))
    http.on('checkContinue', (req, res) => {
      res.writeContinue()
      http.emit('request', req, res)
    })
    const { app, addresses } = attach(http)
    http.listen(0, '127.0.0.1')
    const { address } = await addresses
    const post = request(address.url, { method: 'POST', headers: { expect: '100-continue' } })
    post.flushHeaders()
    const answered = once(post, 'response')
    await once(post, 'continue')
    post.end('body')
    const [res] = await answered
    await once(res.resume(), 'end')
    expect(res.statusCode).toBe(200)
    await app.shutdown()
  })

  test('what the application throws answers 500; its limits are those of serve', async () => {
    const http = createServer((req, res) => {
      if (req.url === '/throws') throw new Error('broken')
      if (req.method === 'GET') res.end('ok')
      req.resume()
    })
    const { app, addresses } = attach(http, {
      maxHeaderBytes: 2_048,
      maxHeaders: 10,
      timeouts: { readHeaderMs: 250, readMs: 250 },
    })
    http.listen(0, '127.0.0.1')
    const { address } = await addresses
    expect((await ask(address.url, '/throws')).status).toBe(500)
    const agent = new Agent()
    const header = (headers: Record<string, string>) =>
      new Promise<number>((resolve, reject) => {
        get(address.url, { agent, headers }, (res) => resolve(res.resume().statusCode ?? 0)).on(
          'error',
          reject,
        )
      })
    expect(await header({ a: 'x'.repeat(3_000) })).toBe(431)
    const many = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`h${index}`, 'x']))
    expect(await header(many)).toBe(431)
    const slow = request(address.url, { method: 'POST', agent })
    slow.on('error', () => {}).write('half')
    const [late] = await once(slow, 'response')
    expect(late.statusCode).toBe(408)
    expect((await app.shutdown()).refused).toMatchObject({ tooLarge: 2, timeout: 1 })
    agent.destroy()
  })

  test('closed by the application: hooks run, the admin listener ends, the process lives', async () => {
    const order: string[] = []
    const http = createServer((_req, res) => res.end('ok'))
    const stopped = withResolvers<void>()
    const { app, addresses } = attach(http, {
      admin: { address: '127.0.0.1:0' },
      onShutdown: [
        () => {
          order.push('hook')
          stopped.resolve()
        },
      ],
    })
    http.listen(0, '127.0.0.1')
    const { admin } = await addresses
    http.close()
    await stopped.promise
    const report = await app.shutdown()
    expect(report).toMatchObject({ reason: 'closed by the application', clean: true })
    expect(order).toEqual(['hook'])
    await expect(ask(admin?.url ?? '')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  test('shut down before it listens', async () => {
    const http = createServer(() => {})
    const { app } = attach(http, { onShutdown: [() => {}] })
    expect(await app.shutdown('early')).toMatchObject({ clean: true, reason: 'early' })
    expect(app.state).toBe('stopped')
  })

  for (const wrong of [undefined, null, {}, () => {}, 'http']) {
    test(`refuses ${String(wrong)}`, () => {
      expect(() => server.attach(wrong as never)).toThrow(
        expect.objectContaining({
          code: 'ERR_SERVER_OPTION',
          message: expect.stringMatching(/^server\.attach: http must be a server of node:http,/),
        }),
      )
    })
  }

  test('refuses unknown options, and those of a listener', () => {
    for (const wrong of [{ address: ':1' }, { signal: false }, { signals: 1 }]) {
      expect(() => server.attach(createServer(), wrong as never)).toThrow(
        expect.objectContaining({ code: 'ERR_SERVER_OPTION' }),
      )
    }
  })
})

test('knows the routes of an application of Fastify, which it was not given', async () => {
  const program = `
    import fastify from 'fastify'
    import * as server from '@clew/server'
    const app = fastify()
    app.get('/orders/:id', async () => 'ok')
    const watch = (req, res, next) => {
      res.once('close', () => console.log('route', req[Symbol.for('@clew/request/v1')].route))
      next()
    }
    const attached = server.attach(app.server, {
      logger: { log() {}, http: () => watch },
      shutdown: { lingerMs: 0 },
      signals: false,
    })
    const url = await app.listen({ port: 0, host: '127.0.0.1' })
    await fetch(url + '/orders/7')
    await attached.shutdown()
    process.exit()`
  const folder = fileURLToPath(new URL('../..', import.meta.url))
  const child = nodeEval(program, { cwd: folder })
  expect(await child.exit).toEqual({ code: 0, signal: null })
  expect(child.stdout).toBe('route /orders/:id\n')
})
