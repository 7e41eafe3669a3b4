import * as security from '@clew/security'
import { protect } from '@clew/security/fastify'
import cors from '@fastify/cors'
import fastifyExpress from '@fastify/express'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import fastify, { type FastifyInstance } from 'fastify'

describe('Fastify', () => {
  const { key, record } = security.issueApiKey({ owner: 'reporting', scopes: ['read'] })
  const apiKey = security.apiKey('api_key', { keys: [record], scopes: { read: '', write: '' } })
  const api = security.create({ default: apiKey.scopes('read') })
  const app = fastify()
  let url = ''
  let parsed = 0

  beforeAll(async () => {
    app.addHook('onSend', async (_request, reply) => {
      reply.header('x-seen', 'yes')
    })
    app.addHook('preParsing', async () => {
      parsed++
    })
    protect(app)
    app.get('/who', { config: { security: api.method('who') } }, (request) =>
      security.principal(request.raw),
    )
    app.post(
      '/write',
      { config: { security: api.method('write', apiKey.scopes('write')) } },
      () => 'no',
    )
    await app.register(async (child) => {
      expect(() => child.get('/forgotten', () => 'no')).toThrow(/no policy for GET \/forgotten/)
    })
    url = await app.listen({ port: 0, host: '127.0.0.1' })
  })
  afterAll(() => app.close())

  test('lets in who may', async () => {
    const answer = await fetch(`${url}/who`, { headers: { 'x-api-key': key } })
    expect(await answer.json()).toMatchObject({ subject: 'reporting' })
  })

  test('denies through the reply, so that hooks see it, and before the body is read', async () => {
    const before = parsed
    const answer = await fetch(`${url}/write`, {
      method: 'POST',
      body: '{',
      headers: { 'x-api-key': key },
    })
    expect(answer.status).toBe(403)
    expect(answer.headers.get('x-seen')).toBe('yes')
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(parsed).toBe(before)
  })

  test('the audit lists the routes, also for the handler that a server is given', () => {
    const rows = api.audit(app)
    expect(rows).toContainEqual({
      kind: 'route',
      method: 'GET',
      path: '/who',
      operation: 'who',
      policy: 'api_key[read]',
      from: 'api',
    })
    expect(api.audit(app.routing)).toEqual(rows)
  })

  test('the HEAD route that Fastify adds has the policy of GET', async () => {
    expect((await fetch(`${url}/who`, { method: 'HEAD' })).status).toBe(401)
  })

  test('other spellings of the path have the same policy', async () => {
    expect((await fetch(`${url}/%77ho`)).status).toBe(401)
  })

  test('an unknown path stays 404', async () => {
    expect((await fetch(`${url}/nowhere`)).status).toBe(404)
  })
})

describe('Fastify with plug-ins', () => {
  const { key, record } = security.issueApiKey({ owner: 'reporting' })
  const apiKey = security.apiKey('api_key', { keys: [record] })
  const api = security.create({ default: apiKey })
  const open = api.method('docs', security.noSecurity('public files'))
  // As @fastify/static registers its routes: in the scope that it is registered in.
  const statics = Object.assign(
    async (scope: FastifyInstance, { prefix }: { prefix: string }) =>
      void scope.get(`${prefix}*`, () => 'content'),
    { [Symbol.for('skip-override')]: true },
  )
  let app: FastifyInstance
  let url = ''
  afterEach(() => app.close())
  const status = async (path: string, init: RequestInit = {}) => {
    const answer = await fetch(url + path, init)
    return [answer.status, (await answer.text()).slice(0, 20)]
  }
  const withKey = { headers: { 'x-api-key': key } }

  test('cors: preflights are answered, everything else keeps its policy', async () => {
    app = protect(fastify())
    await app.register(cors, { origin: 'https://a.test' })
    app.get('/x', { config: { security: api.method('x') } }, () => 'ok')
    url = await app.listen({ port: 0, host: '127.0.0.1' })
    const headers = { origin: 'https://a.test', 'access-control-request-method': 'GET' }
    const preflight = await fetch(`${url}/x`, { method: 'OPTIONS', headers })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-origin')).toBe('https://a.test')
    expect(await status('/x', { method: 'OPTIONS' })).toEqual([403, expect.anything()])
    const denied = await fetch(`${url}/x`, { headers: { origin: 'https://a.test' } })
    expect([denied.status, denied.headers.get('access-control-allow-origin')]).toEqual([401, null])
    expect(await status('/x', withKey)).toEqual([200, 'ok'])
    expect(api.audit(app)).toContainEqual({ kind: 'mount', method: 'OPTIONS', path: '*' })
  })

  test('a handler for OPTIONS * of the application does not run', async () => {
    app = protect(fastify())
    let ran = 0
    app.options('*', () => ++ran)
    url = await app.listen({ port: 0, host: '127.0.0.1' })
    const headers = { origin: 'https://a.test', 'access-control-request-method': 'GET' }
    expect((await status('/x', { method: 'OPTIONS', headers }))[0]).toBe(403)
    expect((await status('/x', { method: 'OPTIONS' }))[0]).toBe(403)
    expect(ran).toBe(0)
  })

  test('routes of plug-ins get the default guard; a scope has its own', async () => {
    app = protect(fastify(), { default: api.method('plugins') })
    await app.register(statics, { prefix: '/private/' })
    await app.register(async (scope) => {
      protect(scope, { default: open })
      await scope.register(statics, { prefix: '/public/' })
      await scope.register(async (inner) => void inner.get('/inner', () => 'ok'))
    })
    app.get('/forgotten', () => 'no')
    url = await app.listen({ port: 0, host: '127.0.0.1' })
    expect(await status('/public/a.txt')).toEqual([200, 'content'])
    expect(await status('/inner')).toEqual([200, 'ok'])
    expect((await status('/private/a.txt'))[0]).toBe(401)
    expect(await status('/private/a.txt', withKey)).toEqual([200, 'content'])
    expect((await status('/forgotten'))[0]).toBe(401)
    expect((await status('/private/a.txt', { method: 'HEAD' }))[0]).toBe(401)
    const rows = api.audit(app)
    expect(rows).toContainEqual(expect.objectContaining({ path: '/public/*', operation: 'docs' }))
    expect(rows).toContainEqual(
      expect.objectContaining({ path: '/forgotten', operation: 'plugins' }),
    )
  })

  test('without a default, a plug-in fails at its registration, and the message says what to do', async () => {
    app = protect(fastify())
    await expect(app.register(statics, { prefix: '/' }).ready()).rejects.toThrow(
      /no policy for .*protect\(app, \{ default: guard \}\)/,
    )
  })

  test.each<[string, (app: FastifyInstance) => unknown]>([
    [
      'a handler for what is not found',
      (app) => app.setNotFoundHandler((_, reply) => reply.code(200).send('secret')),
    ],
    [
      'such a handler of a scope',
      (app) =>
        app.register(
          async (scope) =>
            void scope.setNotFoundHandler((_, reply) => reply.code(200).send('secret')),
          { prefix: '/nowhere' },
        ),
    ],
    ['a hook', (app) => app.addHook('onRequest', async (_, reply) => reply.send('secret'))],
    [
      'a hook that makes something else of an answer',
      (app) =>
        app.addHook('onSend', async (_, reply) => {
          reply.code(200)
          return 'secret'
        }),
    ],
  ])('where there is no route, %s can answer with an error only', async (_, add) => {
    app = protect(fastify())
    add(app)
    app.get('/x', { config: { security: api.method('x') } }, () => 'x')
    url = await app.listen({ port: 0, host: '127.0.0.1' })
    for (const method of ['GET', 'POST', 'HEAD', 'OPTIONS']) {
      expect([method, (await status('/nowhere/a', { method }))[0]]).toEqual([method, 403])
    }
    expect(await status('/x')).not.toContain('secret')
  })

  test('a plug-in without a scope of its own cannot open the root', async () => {
    app = protect(fastify())
    const opens = async (scope: FastifyInstance) => void protect(scope, { default: open })
    const plugin = Object.assign(opens, { [Symbol.for('skip-override')]: true })
    await expect(app.register(plugin).ready()).rejects.toThrow(/except in a scope/)
  })

  test('a default that opens everything is refused at the root, and so is what is no guard', () => {
    app = fastify()
    expect(() => protect(app, { default: open })).toThrow(/default must be a guard that asks for/)
    expect(() => protect(app, { default: apiKey as never })).toThrow(
      /default must be a guard, such/,
    )
  })

  test.each([['before'], ['after']])('a mounted @fastify/express, %s protect', async (when) => {
    app = fastify()
    if (when === 'after') protect(app)
    await app.register(fastifyExpress)
    if (when === 'before') protect(app)
    const file = (_req: unknown, res: { end(text: string): void }) => res.end('file')
    const files = api.method('files', security.noSecurity('public'))
    app.use('/files', [files, file] as never)
    app.use((req, _res, next) => {
      req.headers['x-seen'] = '1'
      next()
    })
    app.use('/leak', (_req, res, _next) => res.end('secret'))
    app.express.get('/route', (_req: unknown, res: { end(text: string): void }) =>
      res.end('secret'),
    )
    app.express.get(
      '/guarded',
      api.method('guarded') as never,
      (_req: unknown, res: { end(text: string): void }) => res.end('ok'),
    )
    app.get(
      '/native',
      { config: { security: api.method('native') } },
      (request) => request.headers['x-seen'],
    )
    url = await app.listen({ port: 0, host: '127.0.0.1' })
    expect(await status('/files')).toEqual([200, 'file'])
    expect((await status('/leak'))[0]).toBe(403)
    expect((await status('/route'))[0]).toBe(403)
    expect((await status('/guarded'))[0]).toBe(401)
    expect(await status('/guarded', withKey)).toEqual([200, 'ok'])
    expect(await status('/native', withKey)).toEqual([200, '1'])
    expect((await status('/none'))[0]).toBe(404)
    expect(() => api.audit(app)).toThrow(/no policy for GET \/route$/)
  })
})
