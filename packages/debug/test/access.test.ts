import type { IncomingMessage } from 'node:http'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { admit, hostnameOf } from '../src/console/access.ts'

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
    const { allowed } = await admit(from({ remoteAddress, localAddress: '::1' }), [], undefined)
    expect(allowed).toBe(expected)
  })

  test.each([
    ['loopback', { remoteAddress: '127.0.0.1', localAddress: '127.0.0.1' }, true],
    ['a Unix socket', {}, true],
    ['another machine', { remoteAddress: '10.0.0.1', localAddress: '10.0.0.2' }, false],
    ['a TCP peer that has just gone', { localAddress: '10.0.0.2' }, false],
    ['a socket that is destroyed', { destroyed: true }, false],
  ])('%s: %p', async (_, socket, allowed) => {
    expect((await admit(from(socket), [], undefined)).allowed).toBe(allowed)
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
          const verdict = await admit(from({}, { host: name + tail }), [], undefined)
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
