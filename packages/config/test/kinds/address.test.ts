import { createServer } from 'node:net'
import * as config from '@clew/config'
import { describe, expect, test } from '@jest/globals'
import { read, refusal, thrown } from '../support.ts'

describe('address', () => {
  test.each([
    [':8080', { port: 8080 }],
    [':0', { port: 0 }],
    [':65535', { port: 65_535 }],
    ['127.0.0.1:8081', { host: '127.0.0.1', port: 8081 }],
    ['0.0.0.0:80', { host: '0.0.0.0', port: 80 }],
    ['localhost:80', { host: 'localhost', port: 80 }],
    ['db-1.internal_net:5432', { host: 'db-1.internal_net', port: 5432 }],
    ['[::1]:443', { host: '::1', port: 443 }],
    ['[fe80::1%eth0]:443', { host: 'fe80::1%eth0', port: 443 }],
    ['unix:/run/app.sock', { path: '/run/app.sock' }],
  ])('takes %s', (text, value) => {
    const address = read(config.address(), text)
    expect(address).toStrictEqual(value)
    expect(String(address)).toBe(text)
    expect(Object.isFrozen(address)).toBe(true)
    expect(JSON.stringify(address)).toBe(JSON.stringify(value))
  })

  test.each([
    ['8080', 'the colon is missing: ":8080"?'],
    [':080', 'remove the leading zeros of the port'],
    [':65536', 'the port must be at most 65535'],
    [':99999999999', 'the port must be at most 65535'],
    [' :8080', 'remove the white space around it'],
    [':8080 ', 'remove the white space around it'],
    ['localhost', 'the port is missing: "localhost:8080"?'],
    ['http://localhost:80', 'an address is not a URL: write only host and port'],
    ['::1:80', 'write an IPv6 address in brackets: "[::1]:80"'],
    ['::1:8080', 'write an IPv6 address in brackets: "[::1]:8080"'],
    ['2001:db8::1:443', 'write an IPv6 address in brackets: "[2001:db8::1]:443"'],
    ['::ffff:10.0.0.1:80', 'write an IPv6 address in brackets: "[::ffff:10.0.0.1]:80"'],
    ['fe80::1%eth0:80', 'write an IPv6 address in brackets: "[fe80::1%eth0]:80"'],
    ['2001:db8::417a', 'the port is missing: "[2001:db8::417a]:8080"?'],
    ['2001:db8::8', 'the port is missing: "[2001:db8::8]:8080"?'],
    ['1:2:3:4:5:6:7:8', 'the port is missing: "[1:2:3:4:5:6:7:8]:8080"?'],
    ['::1', 'the port is missing: "[::1]:8080"?'],
    ['*:80', 'for every interface, write ":80"'],
    ['*:http', undefined],
    ['*:\u001b[2J\nAPI_KEY is not set', undefined],
    ['*:080', 'remove the leading zeros of the port'],
    ['[::1]:080', 'remove the leading zeros of the port'],
    ['1'.repeat(513), undefined],
    ['[localhost]:80', undefined],
    ['127.0.0.300:80', undefined],
    ['a..b:80', undefined],
    ['-a:80', undefined],
    ['a:b:80', undefined],
    ['host:', undefined],
    ['unix:run/app.sock', 'write an absolute path: unix:/run/app.sock'],
    ['unix:///run/app.sock', 'write an absolute path: unix:/run/app.sock'],
    ['unix:', 'write an absolute path: unix:/run/app.sock'],
    [`unix:/${'a'.repeat(107)}`, 'the path of a socket has at most 107 bytes'],
    ['a'.repeat(600), undefined],
  ])('refuses %.30s', (text, hint) => {
    expect(refusal(config.address(), text)).toMatchObject({ code: 'invalid', hint })
  })

  test.each([
    ['8080', 'the colon is missing'],
    ['localhost', 'the port is missing'],
    ['::1', 'the port is missing'],
    ['::1:8080', 'write an IPv6 address in brackets'],
    ['fe80::1:2:3:4:5:6:80', 'write an IPv6 address in brackets'],
    ['*:80', 'for every interface, write a colon and the port'],
    ['unix:a', 'write an absolute path: unix:/run/app.sock'],
  ])('of the secret %s, what is said quotes nothing', (text, hint) => {
    expect(refusal(config.address().secret(), text).hint).toBe(hint)
  })

  test('a default is a text or an address', () => {
    expect(read(config.address({ default: ':80' }), undefined)).toStrictEqual({ port: 80 })
    expect(String(read(config.address({ default: { host: '::1', port: 80 } }), undefined))).toBe(
      '[::1]:80',
    )
    expect(String(read(config.address({ default: { path: '/a' } }), undefined))).toBe('unix:/a')
    for (const value of ['80', { port: 65_536 }, { host: 'a b', port: 1 }, {}]) {
      expect(thrown(() => config.address({ default: value as string })).code).toBe(
        'ERR_CONFIG_DECLARATION',
      )
    }
  })

  test('is what listen() of Node takes', async () => {
    const server = createServer()
    await new Promise<void>((resolve) =>
      server.listen(read(config.address(), '127.0.0.1:0'), resolve),
    )
    expect(server.address()).toMatchObject({ address: '127.0.0.1' })
    await new Promise((resolve) => server.close(resolve))
  })
})
