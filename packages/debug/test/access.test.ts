import type { IncomingMessage } from 'node:http'
import { recordOf } from '@clew/internal/requests/record'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { admit as admitBy, type Guard, hostnameOf } from '../src/console/access.ts'

const admit = (request: IncomingMessage, allowedHosts: readonly string[], guard?: Guard) =>
  admitBy(request, { allowedHosts, guard, guardTimeoutMs: 50 })

const from = (socket: object, headers: object = {}) =>
  ({
    socket: { destroyed: false, ...socket },
    headers: { host: 'localhost', ...headers },
  }) as unknown as IncomingMessage

describe('peers', () => {
  test.each([
    ['127.0.0.1', true],
    ['127.9.9.9', true],
    ['::1', true],
    ['::ffff:127.0.0.1', true],
    ['::ffff:7f00:1', true],
    ['10.0.0.1', false],
    ['::ffff:10.0.0.1', false],
    ['0.0.0.0', false],
    ['::', false],
    ['128.0.0.1', false],
    ['localhost', false],
    ['', false],
  ])('%j is this machine: %p', async (remoteAddress, expected) => {
    const { allowed } = await admit(from({ remoteAddress, localAddress: '::1' }), [])
    expect(allowed).toBe(expected)
  })

  test.each([
    ['loopback', { remoteAddress: '127.0.0.1', localAddress: '127.0.0.1' }, true],
    ['a Unix socket', {}, true],
    ['a sidecar', { remoteAddress: '127.0.0.6', localAddress: '10.0.0.2' }, false],
    [
      'a mapped sidecar',
      { remoteAddress: '::ffff:127.0.0.6', localAddress: '::ffff:10.0.0.2' },
      false,
    ],
    ['only one end known', { remoteAddress: '127.0.0.1' }, false],
    ['another machine', { remoteAddress: '10.0.0.1', localAddress: '10.0.0.2' }, false],
    ['a TCP peer that has just gone', { localAddress: '10.0.0.2' }, false],
    ['a socket that is destroyed', { destroyed: true }, false],
  ])('%s: %p', async (_, socket, allowed) => {
    expect((await admit(from(socket), [])).allowed).toBe(allowed)
  })
})

const local = { remoteAddress: '127.0.0.1', localAddress: '127.0.0.1' }

test.each([
  'forwarded',
  'via',
  'x-forwarded-for',
  'x-forwarded-whatever',
  'x-real-ip',
  'x-client-ip',
  'cf-connecting-ip',
  'true-client-ip',
  'fly-client-ip',
  'fastly-client-ip',
  'x-envoy-external-address',
  'x-envoy-peer-metadata',
  'x-cluster-client-ip',
  'cdn-loop',
  'front-end-https',
  'x-scheme',
])('a request with %s came through a proxy', async (name) => {
  expect(await admit(from(local, { [name]: '203.0.113.9' }), [])).toEqual({
    allowed: false,
    reason: 'the request came through a proxy: give the debug console a guard',
  })
})

test('a request in HTTP/1.0 did too: it is what proxy_pass of nginx speaks, and adds no header', async () => {
  const request = Object.assign(from(local), { httpVersion: '1.0' })
  expect(await admit(request, [])).toMatchObject({ allowed: false })
  expect(await admit(request, [], () => true)).toEqual({ allowed: true })
})

describe('the guard of the listener', () => {
  const remote = { remoteAddress: '203.0.113.9', localAddress: '10.0.0.2' }

  test('lets in who is elsewhere, and hands over the actor', async () => {
    const request = from(remote, { 'x-forwarded-for': '203.0.113.9' })
    expect((await admit(request, [])).allowed).toBe(false)
    recordOf(request).admitted = { actor: 'ann\n' }
    expect(await admit(request, [])).toEqual({ allowed: true, actor: 'ann?' })
  })

  test('does not replace a guard of the console', async () => {
    const request = from(remote)
    recordOf(request).admitted = { actor: 'ann' }
    expect((await admit(request, [], () => false)).allowed).toBe(false)
  })
})

describe('a link from another site', () => {
  const link = {
    'sec-fetch-site': 'cross-site',
    'sec-fetch-mode': 'navigate',
    'sec-fetch-dest': 'document',
  }
  const visit = (url: string, headers: object, method = 'GET') =>
    admit(Object.assign(from(local, headers), { url, method }), [])

  test.each([
    ['the page', '/debug/', link, 'GET', true],
    ['a profile', '/debug/pprof/profile', link, 'GET', false],
    ['a session', '/debug/sessions', link, 'GET', false],
    ['a form', '/debug/', { ...link, origin: 'https://evil.example' }, 'POST', false],
    ['a frame', '/debug/', { ...link, 'sec-fetch-dest': 'iframe' }, 'GET', false],
    [
      'a script',
      '/debug/',
      { ...link, 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' },
      'GET',
      false,
    ],
  ])('to %s', async (_, url, headers, method, allowed) => {
    expect((await visit(url, headers, method)).allowed).toBe(allowed)
  })
})

test('a guard that never answers lets nobody in', async () => {
  expect(await admit(from(local), [], () => new Promise(() => {}))).toMatchObject({
    allowed: false,
    reason: 'the guard failed',
    cause: { message: 'it did not answer within 50 ms' },
  })
})

describe('names of hosts', () => {
  test.each([
    ['LocalHost:80', 'localhost'],
    ['localhost.', 'localhost'],
    ['[::1]:80', '::1'],
    ['1.2.3.4', '1.2.3.4'],
    ['a b', undefined],
    ['a:b', undefined],
    ['a:1:2', undefined],
    ['::1', undefined],
    ['u@localhost', undefined],
    ['localhost/x', undefined],
    ['', undefined],
  ])('%j: %j', (host, name) => {
    expect(hostnameOf(host)).toBe(name)
  })

  test('whatever name a stranger points here, it stays out', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.domain(),
        fc.constantFrom('', ':80', '.', '.:8081'),
        async (name, tail) => {
          const verdict = await admit(from({}, { host: name + tail }), [])
          expect(verdict.allowed).toBe(false)
        },
      ),
    )
  })
})

test('what a guard calls the actor is made printable and cut', async () => {
  const verdict = await admit(from({}), [], () => ({ actor: `ann\n${'x'.repeat(500)}` }))
  expect(verdict).toEqual({ allowed: true, actor: `ann?${'x'.repeat(124)}` })
})

test.each([[false], [undefined], [null], [1], ['ann'], [{}], [{ actor: '' }], [{ actor: 7 }]])(
  'a guard that answers %j refuses',
  async (answer) => {
    expect(await admit(from({}), [], () => answer as never)).toEqual({
      allowed: false,
      reason: 'the guard refused',
    })
  },
)
