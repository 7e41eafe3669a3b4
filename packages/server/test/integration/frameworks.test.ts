import { once } from 'node:events'
import { mkdtempSync, statSync } from 'node:fs'
import { type Server as HttpServer, get as httpGet } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { recordOf } from '@clew/internal/requests/record'
import { routeOf } from '@clew/internal/requests/route'
import * as server from '@clew/server'
import { routes } from '@clew/server/hono'
import { getRequestListener } from '@hono/node-server'
import { afterEach, describe, expect, test } from '@jest/globals'
import Router from '@koa/router'
import express from 'express'
import Fastify from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import { WebSocket, WebSocketServer } from 'ws'

const running = new Set<server.Server>()
afterEach(async () => {
  await Promise.all([...running].map((app) => app.shutdown()))
  running.clear()
})

/** A logger that writes what log, trace and metrics read at the end of a request. */
function watched() {
  const seen = new Map<string, { route: unknown; error: unknown; status: number }>()
  let look = () => {}
  const lines: { level: string; message: string; fields: Record<string, unknown> }[] = []
  const logger: server.LoggerPart = {
    log: (level, message, fields = {}) => void lines.push({ level, message, fields }),
    http: () => (req, res, next) => {
      const path = req.url ?? ''
      res.once('close', () => {
        const { error } = recordOf(req)
        seen.set(path, { route: routeOf(req), error, status: res.statusCode })
        look()
      })
      next()
    },
  }
  return {
    logger,
    lines,
    seen: (path: string) =>
      new Promise<{ route: unknown; error: unknown; status: number }>((resolve) => {
        look = () => {
          const found = seen.get(path)
          if (found) resolve(found)
        }
        look()
      }),
  }
}

type App = Parameters<typeof server.create>[0]

async function start(app: App, options: server.ServerOptions = {}) {
  const { logger, seen, lines } = watched()
  const created = server.create(app, {
    address: '127.0.0.1:0',
    logger,
    shutdown: { lingerMs: 20 },
    ...options,
  })
  running.add(created)
  const { address, admin } = await created.listen()
  const ask = async (path: string) => {
    await (await fetch(address.url + path)).text()
    return seen(path)
  }
  return { app: created, ask, port: address.port ?? 0, admin, lines, url: address.url }
}

const boom = new Error('no database')

const applications: Record<string, () => App> = {
  'Express, with its default error handler': () => {
    const app = express()
    app.set('env', 'test')
    app.get('/orders/:id', (_req, res) => void res.send('ok'))
    app.get('/broken/:id', () => {
      throw boom
    })
    return app
  },
  'Express, with an error handler that says why': () => {
    const app = express()
    app.get('/orders/:id', (_req, res) => void res.send('ok'))
    app.get('/broken/:id', async () => {
      throw boom
    })
    app.use(((error, req, res, _next) => {
      server.failed(req, error)
      res.status(500).send('sorry')
    }) as express.ErrorRequestHandler)
    return app
  },
  'a Fastify instance': () => fastify() as never,
  'app.routing of Fastify': () => {
    const app = fastify()
    return ((req, res) => app.ready(() => app.routing(req, res))) as server.Handler
  },
  'a Koa application': () => koa() as never,
  'Hono, with its middleware': () => {
    const app = new Hono()
    app.use(routes() as never)
    app.get('/orders/:id', (c) => c.text('ok'))
    app.get('/broken/:id', () => {
      throw boom
    })
    app.onError((_error, c) => c.text('sorry', 500))
    return getRequestListener(app.fetch) as server.Handler
  },
}

function fastify() {
  const app = Fastify()
  // Encapsulated, as plugins are.
  app.register(async (inner) => {
    inner.get('/orders/:id', async () => 'ok')
    inner.get('/broken/:id', async () => {
      throw boom
    })
  })
  return app
}

function koa() {
  const app = new Koa()
  app.silent = true
  const router = new Router()
  router.get('/orders/:id', (ctx) => {
    ctx.body = 'ok'
  })
  router.get('/broken/:id', () => {
    throw boom
  })
  return app.use(router.routes())
}

describe('the parts around an application see the route, and the reason of a 500', () => {
  for (const [name, make] of Object.entries(applications)) {
    test(name, async () => {
      const { ask } = await start(make())
      expect(await ask('/orders/7')).toMatchObject({ status: 200, route: '/orders/:id' })
      expect(await ask('/broken/7')).toMatchObject({
        status: 500,
        route: '/broken/:id',
        error: boom,
      })
    })
  }

  test('an error that is answered with 4xx is no reason of a failure', async () => {
    const app = Fastify()
    app.get('/missing', async () => {
      throw Object.assign(new Error('no such order'), { statusCode: 404 })
    })
    const { ask } = await start(app as never)
    expect(await ask('/missing')).toMatchObject({ status: 404, error: undefined })
  })
})

describe("Node's server", () => {
  test('is there for libraries that need it, whose upgrades are known', async () => {
    let given: HttpServer | undefined
    const { app, port } = await start((_req, res) => void res.end(), {
      shutdown: { lingerMs: 20 },
      onServer(http) {
        given = http
        new WebSocketServer({ server: http }).on('connection', (ws) => ws.send('hello'))
      },
    })
    expect(given).toBe(app.http)
    const ws = new WebSocket(`ws://127.0.0.1:${port}`)
    await once(ws, 'message')
    const closed = once(ws, 'close')
    expect(await app.shutdown()).toMatchObject({ clean: true, connections: { upgraded: 1 } })
    expect((await closed)[0]).toBe(1001)
  })
})

describe('limits and addresses', () => {
  const ask = (port: number, headers: number) =>
    new Promise<string>((resolve) => {
      const socket = connect(port, '127.0.0.1')
      let heard = ''
      socket.setEncoding('latin1').on('data', (text: string) => {
        heard += text
      })
      socket.on('close', () => resolve(heard))
      const lines = Array.from({ length: headers - 3 }, (_, index) => `a${index}:\r\n`).join('')
      socket.write(
        `GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${lines}Authorization: x\r\n\r\n`,
      )
    })

  test('maxHeaders: one more is answered with 431, and none is left out', async () => {
    for (const [maxHeaders, limit] of [
      [undefined, 1_000],
      [50, 50],
      [2_500, 2_500],
    ] as const) {
      const { app, port } = await start(
        (req, res) => void res.end(String(req.headers.authorization)),
        { maxHeaders, maxHeaderBytes: 100_000 },
      )
      expect(await ask(port, limit)).toMatch(/200 OK[\s\S]*\r\nx$/)
      for (const more of [1, 2, 100])
        expect(await ask(port, limit + more)).toMatch(/^HTTP\/1.1 431/)
      expect((await app.shutdown()).refused.tooLarge).toBe(3)
    }
  })

  test('a unix socket has the mode that it is given', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'clew-')), 'socket')
    const { app } = await start((_req, res) => void res.end('ok'), {
      address: { path, mode: 0o620 },
    })
    expect(statSync(path).mode & 0o777).toBe(0o620)
    const [res] = await once(httpGet({ socketPath: path, agent: false }), 'response')
    expect(res.resume().statusCode).toBe(200)
    await app.shutdown()
    expect(() => server.create(() => {}, { address: { path, mode: 0o1000 } })).toThrow(
      'address.mode must be an integer from 0 to 511',
    )
  })

  test('the log says what it is bound to, the URL how it is reached', async () => {
    const { lines, url } = await start((_req, res) => void res.end(), { address: ':0' })
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect(lines[0]).toMatchObject({
      message: 'server listening',
      fields: { url: expect.stringMatching(/^http:\/\/(\[::\]|0\.0\.0\.0):\d+$/) },
    })
  })

  test('admin: {} takes another port if the usual one is in use; an address that is given is meant', async () => {
    const first = await start((_req, res) => void res.end(), { admin: {} })
    const second = await start((_req, res) => void res.end(), { admin: {} })
    expect(second.admin?.port).not.toBe(first.admin?.port)
    const [res] = await once(httpGet(`${second.admin?.url}/readyz`, { agent: false }), 'response')
    expect(res.resume().statusCode).toBe(200)
    await expect(
      start((_req, res) => void res.end(), { admin: { address: first.admin?.url.slice(7) ?? '' } }),
    ).rejects.toMatchObject({ code: 'ERR_SERVER_LISTEN' })
  })

  test('without a drain delay where a balancer is likely, the log says so', async () => {
    const hints = async (variables: Record<string, string>, options: server.ServerOptions) => {
      const before = { ...process.env }
      delete process.env['KUBERNETES_SERVICE_HOST']
      Object.assign(process.env, variables)
      try {
        const { lines } = await start((_req, res) => void res.end(), options)
        return lines.filter(({ level }) => level === 'warn').map(({ message }) => message)
      } finally {
        for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name]
        Object.assign(process.env, before)
      }
    }
    const open = { address: ':0' }
    expect(await hints({ NOMAD_ALLOC_ID: 'x' }, open)).toEqual([
      expect.stringMatching(/^no drain delay on Nomad: .*shutdown\.drainDelayMs/),
    ])
    expect(await hints({ NODE_ENV: 'production' }, open)).toEqual([
      expect.stringMatching(/^no drain delay in production/),
    ])
    expect(await hints({ NODE_ENV: 'test' }, open)).toEqual([])
    expect(await hints({ KUBERNETES_SERVICE_HOST: 'x', DYNO: 'x' }, open)).toEqual([])
    expect(await hints({ DYNO: 'x' }, { address: '127.0.0.1:0' })).toEqual([])
    expect(await hints({ DYNO: 'x' }, { ...open, shutdown: { drainDelayMs: 0 } })).toEqual([])
  })
})
