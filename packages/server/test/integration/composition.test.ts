import { EventEmitter } from 'node:events'
import { get } from 'node:http'
import * as server from '@clew/server'
import { afterEach, describe, expect, test } from '@jest/globals'
import express from 'express'
import fastify from 'fastify'
import Koa from 'koa'

const lines: string[] = []
const logger: server.LoggerPart = {
  log: (level, message, fields) => void lines.push(`${level} ${message} ${JSON.stringify(fields)}`),
}
const running = new Set<server.Server>()

async function start(handler: server.Handler, options: server.ServerOptions = {}) {
  lines.length = 0
  const app = server.create(handler, { address: '127.0.0.1:0', logger, ...options })
  running.add(app)
  const { address } = await app.listen()
  return { app, url: address.url }
}

const ask = async (url: string) => {
  const answer = await fetch(url, { headers: { connection: 'close' } })
  return `${answer.status} ${(await answer.text()).trim()}`
}

afterEach(async () => {
  await Promise.all([...running].map((app) => app.shutdown()))
  running.clear()
})

describe('frameworks', () => {
  test('Express', async () => {
    const app = express()
    app.get('/orders/:id', (req, res) => void res.json({ id: req.params.id }))
    const { url } = await start(app)
    expect(await ask(`${url}/orders/7`)).toBe('200 {"id":"7"}')
  })

  test('Koa', async () => {
    const app = new Koa()
    app.use((ctx) => {
      ctx.body = `koa ${ctx.path}`
    })
    const { url } = await start(app.callback())
    expect(await ask(`${url}/x`)).toBe('200 koa /x')
  })

  test('Fastify', async () => {
    const app = fastify()
    app.get('/orders/:id', async (req) => ({ id: (req.params as { id: string }).id }))
    await app.ready()
    const { url } = await start(app.routing)
    expect(await ask(`${url}/orders/7`)).toBe('200 {"id":"7"}')
  })

  test('what is no application: the error says what to give', () => {
    for (const [given, shown] of [
      [undefined, 'undefined'],
      [{ callback() {} }, 'an object'],
    ] as const) {
      expect(() => server.create(given as never)).toThrow(
        `server.create: handler must be a function (req, res), or an application of Fastify, Koa or Nest; received ${shown}`,
      )
    }
  })
})

describe('parts', () => {
  const layer =
    (name: string, order: string[]): (() => server.Middleware) =>
    () =>
    (_req, res, next) => {
      order.push(`${name} in`)
      res.once('close', () => order.push(`${name} out`))
      next()
    }

  test('requests go through tracing, logger, metrics, debug, handler', async () => {
    const order: string[] = []
    const { url } = await start(
      (_req, res) => {
        order.push('handler')
        res.end('ok')
      },
      {
        debug: { http: layer('debug', order), handler: () => {} },
        metrics: { http: layer('metrics', order) },
        logger: { ...logger, http: layer('logger', order) },
        tracing: { http: layer('tracing', order) },
      },
    )
    await ask(url)
    expect(order.slice(0, 5)).toEqual([
      'tracing in',
      'logger in',
      'metrics in',
      'debug in',
      'handler',
    ])
  })

  test('a layer that throws is skipped, and said', async () => {
    const { url } = await start((_req, res) => void res.end('ok'), {
      metrics: {
        http: () => () => {
          throw new Error('broken')
        },
      },
    })
    expect(await ask(url)).toBe('200 ok')
    expect(lines).toContainEqual(expect.stringMatching(/^error metrics\.http\(\) failed/))
  })

  test('a handler that throws or rejects: 500 without details, logged, the process lives', async () => {
    const { url } = await start((req, res) => {
      res.setHeader('X-Secret', 'half made')
      if (req.url === '/rejects') return Promise.reject(new Error('secret'))
      if (req.url === '/late') {
        res.write('begun')
        return new Promise((_, reject) => setImmediate(() => reject(new Error('secret'))))
      }
      throw new Error('secret')
    })
    expect(await ask(`${url}/throws?q=1`)).toBe('500 Internal Server Error')
    expect(await ask(`${url}/rejects`)).toBe('500 Internal Server Error')
    const cut = await new Promise((resolve) => {
      get(`${url}/late`, { agent: false }, (res) => res.resume().on('error', resolve))
    })
    expect(cut).toMatchObject({ code: 'ECONNRESET' })
    const failed = lines.filter((line) => line.startsWith('error request handler failed'))
    expect(failed).toHaveLength(3)
    expect(failed[0]).toContain('"path":"/throws"')
  })

  test('the logger writes what each part reports, until the end', async () => {
    const events = new EventEmitter()
    const subscribe = (listener: (report: server.Report) => void) => {
      events.on('report', listener)
      return () => void events.off('report', listener)
    }
    const { app } = await start((_req, res) => void res.end(), {
      health: { handler: () => () => {}, subscribe },
      security: { subscribe },
      tracing: { subscribe },
    })
    const report: server.Report = {
      type: 'health.changed',
      level: 'warn',
      message: 'database is down',
      fields: { check: 'database' },
    }
    events.emit('report', report)
    expect(
      lines.filter((line) => line === 'warn database is down {"check":"database"}'),
    ).toHaveLength(3)
    await app.shutdown()
    expect(events.listenerCount('report')).toBe(0)
  })

  test('security.audit sees the application; a throw is a failed start, and can be tried again', async () => {
    const app = express()
    let sound = false
    const orders: unknown[] = []
    const created = server.create(app, {
      address: '127.0.0.1:0',
      logger,
      security: {
        audit(given: unknown) {
          orders.push(given)
          if (!sound) throw new Error('no policy: POST /orders')
        },
      },
    })
    running.add(created)
    await expect(created.listen()).rejects.toMatchObject({
      code: 'ERR_SERVER_AUDIT',
      message: 'security audit failed: no policy: POST /orders',
    })
    expect(created.state).toBe('created')
    sound = true
    await created.listen()
    expect(orders).toEqual([app, app])
    await expect(created.listen()).rejects.toMatchObject({ code: 'ERR_SERVER_STATE' })
    await created.shutdown()
    await expect(created.listen()).rejects.toMatchObject({ code: 'ERR_SERVER_STATE' })
  })

  test('health.drain and onDrain are told first; one that throws is logged', async () => {
    const told: string[] = []
    const { app } = await start((_req, res) => void res.end(), {
      health: { handler: () => () => {}, drain: () => void told.push('health') },
      onDrain: () => {
        told.push('onDrain')
        throw new Error('no')
      },
      onShutdown: [() => void told.push('hook')],
    })
    await app.shutdown()
    expect(told).toEqual(['health', 'onDrain', 'hook'])
    expect(lines).toContainEqual(expect.stringMatching(/^error onDrain failed/))
  })

  test('a logger that throws breaks nothing', async () => {
    const { app, url } = await start((_req, res) => void res.end('ok'), {
      logger: {
        log() {
          throw new Error('broken')
        },
      },
    })
    expect(await ask(url)).toBe('200 ok')
    expect((await app.shutdown()).clean).toBe(true)
  })
})

describe('addresses', () => {
  test('a unix socket; one that a dead process left is replaced, a live one is not', async () => {
    const { mkdtempSync } = await import('node:fs')
    const { tmpdir } = await import('node:os')
    const { connect } = await import('node:net')
    const { nodeEval } = await import('@clew/testing')
    const path = `${mkdtempSync(`${tmpdir()}/clew-`)}/s`
    const dead = nodeEval(
      `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`,
      { commonjs: true },
    )
    await dead.exit
    const { app } = await start((_req, res) => void res.end('over unix'), {
      address: `unix:${path}`,
    })
    const answer = await new Promise((resolve) => {
      const socket = connect(path, () => socket.write('GET / HTTP/1.0\r\n\r\n'))
      let text = ''
      socket.on('data', (chunk) => {
        text += chunk
      })
      socket.on('close', () => resolve(text))
    })
    expect(answer).toContain('over unix')
    const second = server.create(() => {}, { address: { path }, logger })
    await expect(second.listen()).rejects.toMatchObject({
      code: 'ERR_SERVER_LISTEN',
      message: `cannot listen on unix:${path}: the address is in use (EADDRINUSE)`,
    })
    await app.shutdown()
  })

  test('an admin port in use is a failed start, and leaves nothing bound', async () => {
    const first = await start((_req, res) => void res.end())
    const port = Number(new URL(first.url).port)
    const app = server.create((_req, res) => void res.end(), {
      address: '127.0.0.1:0',
      admin: { address: { host: '127.0.0.1', port } },
      logger,
    })
    await expect(app.listen()).rejects.toMatchObject({
      message: `cannot listen on 127.0.0.1:${port}: the address is in use (EADDRINUSE)`,
      cause: { code: 'EADDRINUSE' },
    })
    const report = await app.shutdown()
    expect(report).toMatchObject({ clean: true, inFlight: 0, answered: 0 })
  })
})
