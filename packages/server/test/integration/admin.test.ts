import { get } from 'node:http'
import * as server from '@clew/server'
import { afterEach, describe, expect, test } from '@jest/globals'

const logger = { log() {} }
const running = new Set<server.Server>()

async function start(options: server.ServerOptions) {
  const app = server.create((_req, res) => void res.end('app'), {
    address: '127.0.0.1:0',
    logger,
    ...options,
  })
  running.add(app)
  const { address, admin } = await app.listen()
  return { app, url: address.url, admin: admin?.url ?? '' }
}

afterEach(async () => {
  await Promise.all([...running].map((app) => app.shutdown()))
  running.clear()
})

const ask = async (url: string, init: RequestInit = {}) => {
  const answer = await fetch(url, { ...init, headers: { connection: 'close', ...init.headers } })
  return `${answer.status} ${(await answer.text()).trim()}`
}

const parts: server.ServerOptions = {
  service: { name: 'shop', version: '1.0.0' },
  admin: { address: '127.0.0.1:0' },
  health: { handler: (kind) => (_req, res) => res.end(`health ${kind}`) },
  metrics: { handler: (_req, res) => res.end('metrics') },
  debug: { handler: (req, res) => res.end(`debug ${req.method} ${req.url}`) },
}

describe('admin listener', () => {
  test('serves health, metrics and debug on exact paths', async () => {
    const { admin, url } = await start(parts)
    expect(await ask(`${admin}/livez`)).toBe('200 health live')
    expect(await ask(`${admin}/readyz?verbose`)).toBe('200 health ready')
    expect(await ask(`${admin}/startupz`)).toBe('200 health startup')
    expect(await ask(`${admin}/healthz`)).toBe('200 health details')
    expect(await ask(`${admin}/metrics`)).toBe('200 metrics')
    expect(await ask(`${admin}/debug`)).toBe('200 debug GET /debug')
    expect(await ask(`${admin}/debug/x?y=1`, { method: 'POST' })).toBe(
      '200 debug POST /debug/x?y=1',
    )
    expect(await ask(`${admin}/`)).toMatch(/^200 shop 1.0.0\n\/livez\n[\s\S]*\/debug$/)
    expect(await ask(`${admin}/`, { headers: { accept: 'text/html' } })).toContain(
      'href="/metrics"',
    )
    for (const path of ['/livez/', '/metricsx', '/debugger', '//debug', '/%64ebug', '/x']) {
      expect(await ask(admin + path)).toBe('404 Not Found')
    }
    expect(await ask(`${admin}/livez`, { method: 'POST' })).toBe('405 Method Not Allowed')
    expect(await ask(`${url}/livez`)).toBe('200 app')
  })

  test('a name that others could point here is refused without a guard', async () => {
    const { admin } = await start(parts)
    const { port } = new URL(admin)
    const status = await new Promise((resolve, reject) => {
      get({ port, path: '/metrics', headers: { host: `evil.example:${port}` } }, (res) => {
        res.resume()
        resolve(res.statusCode)
      }).on('error', reject)
    })
    expect(status).toBe(403)
  })

  test('allowedHosts are names of our own', async () => {
    const { admin } = await start({
      ...parts,
      admin: { address: '127.0.0.1:0', allowedHosts: ['Orders.internal'] },
    })
    const { port } = new URL(admin)
    const statusFor = (host: string) =>
      new Promise((resolve, reject) => {
        get({ port, path: '/metrics', headers: { host } }, (res) => {
          res.resume()
          resolve(res.statusCode)
        }).on('error', reject)
      })
    expect(await statusFor('orders.INTERNAL:8081')).toBe(200)
    expect(await statusFor('localhost')).toBe(200)
    expect(await statusFor('other.internal')).toBe(403)
    expect(await statusFor('orders.internal.evil.example')).toBe(403)
  })

  test.each([
    [['127.0.0.1'], '200 metrics'],
    [['127.0.0.0/8', '10.0.0.0/8'], '200 metrics'],
    [['10.0.0.0/8'], '403 Forbidden'],
    [['127.0.0.2', '::1'], '403 Forbidden'],
  ])('allow(%j): %s', async (networks, answer) => {
    const { admin } = await start({
      ...parts,
      admin: { address: '127.0.0.1:0', guard: server.allow(networks) },
    })
    expect(await ask(`${admin}/metrics`, { headers: { 'x-forwarded-for': '127.0.0.1' } })).toBe(
      answer,
    )
  })

  test.each([
    [[], 'server.allow: networks must be at least one address or network; received an array'],
    [
      ['10.0.0.0/0'],
      'server.allow: networks[0] must be an IP address or a network such as 10.0.0.0/8',
    ],
    [['all'], 'server.allow: networks[0] must be an IP address'],
    ['10.0.0.1', 'server.allow: networks must be'],
  ])('allow(%j) is refused', (networks, message) => {
    expect(() => server.allow(networks as never)).toThrow(message)
  })

  test('a guard stands before everything but the probes', async () => {
    const { admin } = await start({
      ...parts,
      admin: {
        address: '127.0.0.1:0',
        guard(req, res, next) {
          if (req.headers.authorization === 'Bearer right') next()
          else if (req.headers.authorization === 'Bearer broken') next(new Error('no'))
          else {
            res.statusCode = 401
            res.end('who?')
          }
        },
      },
    })
    for (const path of ['/', '/metrics', '/healthz', '/debug', '/debug/x', '/nowhere', '/livez/']) {
      expect(await ask(admin + path)).toBe('401 who?')
    }
    expect(await ask(`${admin}/metrics`, { headers: { authorization: 'Bearer right' } })).toBe(
      '200 metrics',
    )
    expect(await ask(`${admin}/metrics`, { headers: { authorization: 'Bearer broken' } })).toBe(
      '403 Forbidden',
    )
    expect(await ask(`${admin}/livez`)).toBe('200 health live')
  })

  test('probes: true puts the three probes on the public listener, nothing else', async () => {
    const { url } = await start({ ...parts, admin: undefined, probes: true })
    expect(await ask(`${url}/readyz?x=1`)).toBe('200 health ready')
    expect(await ask(`${url}/healthz`)).toBe('200 app')
    expect(await ask(`${url}/metrics`)).toBe('200 app')
  })

  test('a part whose handler throws or rejects answers 500, and the process lives', async () => {
    const broken = () => {
      throw new Error('broken')
    }
    const { url, admin } = await start({
      probes: true,
      admin: { address: '127.0.0.1:0' },
      health: {
        handler: (kind) => (kind === 'details' ? () => Promise.reject(new Error()) : broken),
      },
      metrics: { handler: broken },
    })
    for (const path of [
      `${url}/readyz`,
      `${admin}/readyz`,
      `${admin}/healthz`,
      `${admin}/metrics`,
    ]) {
      expect(await ask(path)).toBe('500 Internal Server Error')
    }
  })

  test('without parts the probes tell the state of the server, and stay up through draining', async () => {
    const { app, admin } = await start({
      admin: { address: '127.0.0.1:0' },
      shutdown: { drainDelayMs: 1_000, lingerMs: 0 },
    })
    expect(await ask(`${admin}/readyz`)).toBe('200 ok')
    expect(await ask(`${admin}/metrics`)).toBe('404 Not Found')
    const stopped = app.shutdown()
    expect(app.state).toBe('draining')
    expect(await ask(`${admin}/readyz`)).toBe('503 draining')
    expect(await ask(`${admin}/livez`)).toBe('200 ok')
    await stopped
    await expect(fetch(`${admin}/livez`)).rejects.toThrow()
  })
})
