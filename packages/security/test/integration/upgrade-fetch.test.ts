import { once } from 'node:events'
import { createServer, type IncomingMessage, request } from 'node:http'
import * as security from '@clew/security'
import { afterEach, expect, test } from '@jest/globals'

const { key, record } = security.issueApiKey({ owner: 'reporting', scopes: ['read'] })
const apiKey = security.apiKey('api_key', { keys: [record], scopes: { read: '', write: '' } })
const api = security.create({ default: apiKey.scopes('read') })
const listGuard = api.method('list')
const writeGuard = api.method('write', apiKey.scopes('write'))

let close: (() => void) | undefined
afterEach(() => close?.())

async function upgradeWith(guard: security.Guard, headers: Record<string, string>) {
  let ran = 0
  const server = createServer((_req, res) => res.end()).on(
    'upgrade',
    security.upgrade(guard, (req, socket) => {
      ran++
      const who = security.principal(req).subject
      socket.end(
        `HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\nX-Who: ${who}\r\n\r\n`,
      )
    }),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  close = () => server.close()
  const { port } = server.address() as { port: number }
  const sent = request({
    host: '127.0.0.1',
    port,
    agent: false,
    headers: { connection: 'upgrade', upgrade: 'x', ...headers },
  })
  sent.end()
  const answer = await Promise.race([once(sent, 'response'), once(sent, 'upgrade')])
  const got = answer[0] as IncomingMessage
  let text = ''
  if (got.statusCode !== 101) for await (const chunk of got.setEncoding('utf8')) text += chunk
  else (answer[1] as unknown as { destroy(): void }).destroy()
  return { status: got.statusCode, headers: got.headers, text, ran }
}

test('an upgrade is let in, or gets the response that every request gets', async () => {
  const answer = await upgradeWith(listGuard, { 'x-api-key': key })
  expect([answer.status, answer.headers['x-who'], answer.ran]).toEqual([101, 'reporting', 1])
  const absent = await upgradeWith(listGuard, {})
  expect([absent.status, absent.ran, JSON.parse(absent.text).code]).toEqual([
    401,
    0,
    'unauthorized',
  ])
  expect(absent.headers['www-authenticate']).toContain('api_key')
  const scope = await upgradeWith(writeGuard, { 'x-api-key': key })
  expect([scope.status, scope.ran]).toEqual([403, 0])
})

test('a handler of fetch is asked only by who may', async () => {
  const handle = security.fetchHandler(
    listGuard,
    (_request, peer: string) => ({ peer, tls: true }),
    (_request, [principal]) => new Response(principal.subject),
  )
  const ask = async (headers: Record<string, string>, method = 'GET') => {
    const answer = await handle(new Request('https://a.test/x', { method, headers }), '192.0.2.1')
    return [answer.status, answer.headers.get('content-type'), await answer.text()]
  }
  expect(await ask({ 'x-api-key': key })).toEqual([200, expect.any(String), 'reporting'])
  expect(await ask({})).toEqual([401, 'application/problem+json', expect.stringContaining('401')])
  expect(await ask({}, 'HEAD')).toEqual([401, 'application/problem+json', ''])
})
