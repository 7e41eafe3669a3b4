import * as security from '@clew/security'
import { protect } from '@clew/security/fastify'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import fastify from 'fastify'

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

  test('row 69: the HEAD route that Fastify adds has the policy of GET', async () => {
    expect((await fetch(`${url}/who`, { method: 'HEAD' })).status).toBe(401)
  })

  test('row 72: other spellings of the path have the same policy', async () => {
    expect((await fetch(`${url}/%77ho`)).status).toBe(401)
  })

  test('row 73: an unknown path stays 404', async () => {
    expect((await fetch(`${url}/nowhere`)).status).toBe(404)
  })
})
