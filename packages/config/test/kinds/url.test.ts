import { format, inspect } from 'node:util'
import * as config from '@clew/config'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { read, refusal, thrown } from '../support.ts'

const invalidHost =
  'the host or the port is invalid, or contains a character that must be percent-encoded'
const unescaped = 'percent-encode # / and ? in the user and the password, as %23, %2F and %3F'

describe('url', () => {
  test('gives a URL', () => {
    const url = read(config.url(), 'https://example.com:8443/a?b=c#d')
    expect([url.protocol, url.host, url.pathname, url.searchParams.get('b'), url.hash]).toEqual([
      'https:',
      'example.com:8443',
      '/a',
      'c',
      '#d',
    ])
    expect(Object.prototype.toString.call(url)).toBe('[object URL]')
    expect(new URL('/x', url).href).toBe('https://example.com:8443/x')
  })

  test('cannot be changed', () => {
    const url = read(config.url(), 'https://example.com/a?b=c')
    for (const name of ['href', 'host', 'password', 'search'] as const) {
      expect(() => {
        url[name] = 'https://evil.example/'
      }).toThrow(TypeError)
    }
    url.searchParams.set('b', 'x')
    expect(url.href).toBe('https://example.com/a?b=c')
  })

  test.each([
    ['javascript:alert(1)', 'the host is missing'],
    ['a:b', 'the host is missing'],
    ['http:example.com', 'the host is missing'],
    ['http://', 'the host is missing'],
    ['http:///path', 'the host is missing'],
    ['http://user@/path', 'the host is missing'],
    ['http://:80', 'the host is missing'],
    ['postgres://user@/db', 'the host is missing'],
    ['postgres://:5432/db', 'the host is missing'],
    ['https://?x', 'the host is missing'],
    ['https://#x', 'the host is missing'],
    ['http://\u2003a', 'it contains white space or control characters'],
    ['example.com', 'the scheme is missing: https://…'],
    ['/path', 'the scheme is missing: https://…'],
    [' https://example.com', 'it contains white space or control characters'],
    ['https://exa\nmple.com', 'it contains white space or control characters'],
    ['https:\\\\example.com', 'it contains a backslash'],
    ['https://example.com/?a=\\', 'it contains a backslash'],
    ['https://example.com:99999', invalidHost],
    ['https://exa<mple.com', invalidHost],
    ['postgres://u:p#w@h/db', unescaped],
    ['postgres://u:p/w@h/db', unescaped],
    ['postgres://u:p?w@h/db', unescaped],
    ['mongodb://h1:27017,h2:27017/db', 'it must have only one host'],
    ['file://c:/x', invalidHost],
    ['file://a|', invalidHost],
  ])('refuses %j', (text, hint) => {
    expect(refusal(config.url(), text)).toMatchObject({ code: 'invalid', hint })
    expect(refusal(config.url().secret(), text).hint).toBe(hint)
  })

  test('letters beyond ASCII are taken as they come', () => {
    expect(read(config.url(), 'https://münchen.example/ü').host).toBe('xn--mnchen-3ya.example')
  })

  test('schemes', () => {
    const kind = config.url({ protocols: ['postgres:', 'postgresql:'] })
    expect(read(kind, 'POSTGRESQL://h/db').protocol).toBe('postgresql:')
    expect(refusal(kind, 'mysql://h/db')).toMatchObject({
      expected: 'a URL that starts with postgres:// or postgresql://',
      hint: 'it starts with mysql: instead of postgres: or postgresql:',
    })
  })

  test('what stands before the first colon is quoted only when it is a scheme', () => {
    const kind = config.url({ protocols: ['https:'] })
    for (const text of ['alice:hunter2@h', 'hunter2://h', 'averylongusername://h', 'a1b:c@h']) {
      expect(refusal(kind, text).hint).toBeUndefined()
    }
    expect(refusal(kind.secret(), 'mysql://h').hint).toBeUndefined()
  })

  test('white space is refused also where URL would keep it', () => {
    const kind = config.url({ requireHost: false })
    expect(read(kind, 'urn:a:b').href).toBe('urn:a:b')
    expect(refusal(kind, 'urn:a b').hint).toBe('it contains white space or control characters')
  })

  test('without a host, when asked', () => {
    const kind = config.url({ protocols: ['file:', 'postgres:'], requireHost: false })
    expect(read(kind, 'file:///etc/app').pathname).toBe('/etc/app')
    expect(read(kind, 'postgres:///db?host=/run').pathname).toBe('/db')
  })

  test('credentials are in href only', () => {
    const url = read(
      config.url(),
      'https://user:hunter2@example.com/@me?access_token=hunter2&page=1',
    )
    const loaded = { url }
    for (const text of [inspect(loaded), JSON.stringify(loaded)]) {
      expect(text).not.toMatch(/user|hunter2/)
      expect(text).toContain('https://[redacted]@example.com/@me?access_token=[redacted]&page=1')
    }
    expect(url.href).toBe('https://user:hunter2@example.com/@me?access_token=hunter2&page=1')
    expect(inspect(read(config.url(), 'https://example.com/cb#access_token=hunter2'))).toBe(
      'URL { https://example.com/cb#access_token=[redacted] }',
    )
    // As a text it is what a client needs, and `.secret()` what keeps it out of sight.
    expect(format('%s', url)).toBe(url.href)
    expect(format('%s', config.secret(url))).toBe('[redacted]')
    expect(inspect(read(config.url(), 'https://example.com/@me'))).toBe(
      'URL { https://example.com/@me }',
    )
  })

  test('nor does it print the user of a URL within a URL', () => {
    const text = 'https://proxy.example/http://user:hunter2@example.com/a?b=ws://x:hunter2@h'
    const url = read(config.url(), text)
    expect(url.href).toBe(text)
    expect(JSON.stringify(url)).toBe(
      '"https://proxy.example/http://[redacted]@example.com/a?b=ws://[redacted]@h"',
    )
  })

  const schemes = ['postgres', 'POSTGRES', 'mysql', 'redis', 'amqp', 'mongodb', 'https', 'ws']
  const beginnings = ['12', '', '65535', '080']
  test('a password that is not percent-encoded is never taken for a port and a path', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...schemes),
        fc.constantFrom('', 'a@'),
        fc.constantFrom(...beginnings),
        fc.constantFrom('#', '/', '?', '/?', '#/', '?x='),
        fc.constantFrom('@db/orders', '@db', '@db:5432?x=y', 'x@y@[::1]:1/'),
        (scheme, user, start, separator, end) => {
          const text = `${scheme}://app:${user}${start}${separator}34hunter2${end}`
          for (const kind of [config.url(), config.url({ requireHost: false })]) {
            const issue = refusal(kind, text)
            const web = scheme === 'https' || scheme === 'ws'
            expect(issue.hint).toBe(web ? `${unescaped}; elsewhere, @ is %40` : unescaped)
            expect(JSON.stringify(issue)).not.toMatch(/hunter2|34/)
            expect(refusal(kind.secret(), text).hint).toBe(issue.hint)
            const items = `https://a.example/,${text}`
            expect(JSON.stringify(refusal(config.list(kind), items))).not.toMatch(/hunter2|34/)
          }
        },
      ),
    )
  })

  test.each([
    'postgres://app/hunter2@db/orders',
    'redis://hunter2#34@cache:6379',
    'mysql://a@b:12/hunter2@db',
    'https://app:p@ss/hunter2@db/orders',
    'wss://h:8443/chat?from=a@b',
    'http://localhost:4873/@scope/pkg',
  ])('refuses %s: what comes before the @ may be a password', (text) => {
    const issue = refusal(config.url(), text)
    expect(issue.hint).toContain(unescaped)
    expect(JSON.stringify(issue)).not.toContain('hunter2')
  })

  test.each([
    'https://example.com/@me',
    'https://esm.sh/react@18.3.1/jsx-runtime',
    'https://matrix.to/#/@user:example.com',
    'https://example.com?email=a@b.c',
    'https://user:pass@example.com/@scope/pkg',
    'http://[::1]/@me',
    'file:///srv/a@b',
    'file://host/a@b',
    'postgres://app:12%2334@db/orders%40x',
    'http://localhost:4873/%40scope/pkg',
    'postgres://a@b:p@db/orders',
    'mailto:a@b.c',
    'urn:x:a@b/c@d',
  ])('takes %s', (text) => {
    expect(read(config.url({ requireHost: false }), text).href).toBe(new URL(text).href)
  })

  test.each([
    'https://user:hunter2@exa mple.com',
    'https:/user:hunter2@h',
    'user:hunter2@h',
    'ftp:\\\\user:hunter2@h',
  ])('credentials of the refused %s are not shown', (text) => {
    const { received } = refusal(config.url(), text)
    expect(received).toContain('[redacted]')
    expect(received).not.toContain('hunter2')
  })

  test('a default is a text or a URL', () => {
    expect(read(config.url({ default: new URL('http://a/b') }), undefined).href).toBe('http://a/b')
    expect(thrown(() => config.url({ default: 'a/b' })).code).toBe('ERR_CONFIG_DECLARATION')
    expect(
      thrown(() => config.url({ protocols: ['https:'], default: 'http://u:hunter2@h' })).message,
    ).not.toContain('hunter2')
  })

  test.each([
    { protocols: ['https'] },
    { protocols: [] },
    { protocols: 'https:' },
    { requireHost: 1 },
  ])('option %j is a mistake', (options) =>
    expect(thrown(() => config.url(options as config.UrlOptions)).code).toBe('ERR_CONFIG_OPTION'),
  )
})
