import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createCheck } from '../src/errors.ts'
import { formatTarget, isLoopback, parseAddress } from '../src/listener/address.ts'

const check = createCheck('server.create')
const parse = (address: unknown) => parseAddress(check, 'address', address)

describe('parseAddress', () => {
  test.each([
    [':8080', { port: 8080 }],
    [':0', { port: 0 }],
    ['127.0.0.1:80', { host: '127.0.0.1', port: 80 }],
    ['localhost:80', { host: 'localhost', port: 80 }],
    ['my-host.example:65535', { host: 'my-host.example', port: 65535 }],
    ['[::1]:8080', { host: '::1', port: 8080 }],
    ['[fe80::1%eth0]:1', { host: 'fe80::1%eth0', port: 1 }],
    ['unix:/run/app.sock', { path: '/run/app.sock' }],
    ['unix:///run/app.sock', { path: '/run/app.sock' }],
    ['unix:relative.sock', { path: 'relative.sock' }],
    [{ port: 8080 }, { port: 8080 }],
    [{ host: undefined, port: 8080 }, { port: 8080 }],
    [
      { host: '::1', port: 8080 },
      { host: '::1', port: 8080 },
    ],
    [{ path: '/run/app.sock' }, { path: '/run/app.sock' }],
  ])('%j', (given, target) => {
    expect(parse(given)).toEqual(target)
  })

  test.each([
    ['', 'address must be'],
    ['8080', 'address must be'],
    ['host', 'address must be'],
    ['host:', 'address must be'],
    [':65536', 'address must be'],
    ['::1:80', 'address must be'],
    ['http://host:80', 'address must be'],
    ['a b:80', 'address must be'],
    ['unix:', 'address must be'],
    [8080, 'address must be'],
    [null, 'address must be'],
    [{}, 'address.port must be an integer from 0 to 65535; received undefined'],
    [{ port: '80' }, 'address.port must be an integer from 0 to 65535; received "80"'],
    [{ port: 1.5 }, 'address.port must be'],
    [
      { hots: '127.0.0.1', port: 80 },
      'unknown option "address.hots"; the options are address.host',
    ],
    [{ host: 1, port: 80 }, 'address.host must be a string; received 1'],
  ])('rejects %j', (given, message) => {
    expect(() => parse(given)).toThrow(
      expect.objectContaining({
        code: 'ERR_SERVER_OPTION',
        message: expect.stringContaining(message),
      }),
    )
  })

  test('what formatTarget writes, parseAddress reads', () => {
    const port = fc.integer({ min: 0, max: 65_535 })
    const targets = fc.oneof(
      fc.record({ port }),
      fc.record({ host: fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain()), port }),
      fc.record({ path: fc.stringMatching(/^\/[a-z/.]{1,30}$/) }),
    )
    fc.assert(
      fc.property(targets, (target) => {
        fc.pre(!('path' in target) || !target.path.startsWith('//'))
        expect(parse(formatTarget(target))).toEqual(target)
      }),
    )
  })

  test('any string is an address or a named problem', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          parse(text)
        } catch (error) {
          expect(error).toMatchObject({ code: 'ERR_SERVER_OPTION' })
        }
      }),
    )
  })
})

test.each([
  ['127.0.0.1:1', true],
  ['127.9.9.9:1', true],
  ['localhost:1', true],
  ['LOCALHOST:1', true],
  ['127.999.1.1:1', false],
  ['[::1]:1', true],
  ['[::ffff:127.0.0.1]:1', true],
  ['unix:/x', true],
  [':1', false],
  ['0.0.0.0:1', false],
  ['[::]:1', false],
  ['127.0.0.1.evil.example:1', false],
  ['localhost.evil.example:1', false],
  ['10.0.0.1:1', false],
])('%s reached from this machine only: %s', (address, expected) => {
  expect(isLoopback(parse(address))).toBe(expected)
})
