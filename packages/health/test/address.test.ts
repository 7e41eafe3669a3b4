import { describe, expect, test } from '@jest/globals'
import { endpointOf, urlOf } from '../src/pingers/address.ts'

describe('a URL', () => {
  test.each<[unknown, string]>([
    ['cache:8080', 'http://cache:8080/'],
    ['cache', 'http://cache/'],
    [':8080', 'http://localhost:8080/'],
    ['[::1]:8080', 'http://[::1]:8080/'],
    ['cache:8080/up?a=b#c', 'http://cache:8080/up?a=b'],
    ['https://cache', 'https://cache/'],
    [new URL('https://cache:8443/x'), 'https://cache:8443/x'],
    [{ host: 'cache', port: 8080 }, 'http://cache:8080/'],
    [{ host: '', port: 8080 }, 'http://localhost:8080/'],
    [{ port: 8080 }, 'http://localhost:8080/'],
    [{ host: '::1', port: 8080 }, 'http://[::1]:8080/'],
    [{ host: '[::1]', port: 8080 }, 'http://[::1]:8080/'],
  ])('%p', (address, url) => {
    expect(urlOf('x', address).href).toBe(url)
  })
})

describe('host and port', () => {
  test.each<[unknown, string, number]>([
    ['cache:80', 'cache', 80],
    [':6379', 'localhost', 6379],
    ['[::1]:6379', '::1', 6379],
    ['redis://user:pass@cache:6379/0', 'cache', 6379],
    ['https://cache', 'cache', 443],
    ['http://cache:80', 'cache', 80],
    [new URL('postgres://db:5432/x'), 'db', 5432],
    [{ host: '127.0.0.1', port: 1 }, '127.0.0.1', 1],
    [{ host: '::1', port: 65_535 }, '::1', 65_535],
  ])('%p', (address, host, port) => {
    expect(endpointOf('x', address)).toEqual({ host, port })
  })

  test.each(['cache', 'redis://user:hunter2@cache', 'cache:0', '', '/run/x.sock', undefined, {}])(
    'refuses %p',
    (address) => {
      const parse = () => endpointOf("tcpPinger('x')", address)
      expect(parse).toThrow(
        expect.objectContaining({ name: 'TypeError', code: 'ERR_HEALTH_ADDRESS' }),
      )
      expect(parse).not.toThrow(/hunter2/)
    },
  )
})
