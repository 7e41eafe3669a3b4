import { format, inspect } from 'node:util'
import * as config from '@clew/config'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { read, refusal, thrown } from '../support.ts'

const kind = config.connectionString()
const parts = (text: string) => {
  const { protocol, username, password, hosts, pathname, searchParams } = read(kind, text)
  const list = hosts.map(({ host, port }) => (port === undefined ? host : `${host} ${port}`))
  return [protocol, username, password, list.join(), pathname, searchParams.toString()]
}

describe('connectionString', () => {
  test.each([
    [
      'postgres://app:p%23w@a:1,b:2/db?target_session_attrs=primary',
      ['postgres:', 'app', 'p#w', 'a 1,b 2', '/db', 'target_session_attrs=primary'],
    ],
    [
      'mongodb://a.example,b.example:27018/',
      ['mongodb:', '', '', 'a.example,b.example 27018', '/', ''],
    ],
    [
      'mongodb+srv://app:x@cluster0.example.net/orders?retryWrites=true',
      ['mongodb+srv:', 'app', 'x', 'cluster0.example.net', '/orders', 'retryWrites=true'],
    ],
    [
      'redis+sentinel://:pw@s1:26379,s2:26379,[::1]:26379/mymaster/0',
      ['redis+sentinel:', '', 'pw', 's1 26379,s2 26379,::1 26379', '/mymaster/0', ''],
    ],
    ['mysql://h', ['mysql:', '', '', 'h', '', '']],
    ['postgres://%2Frun%2Fpostgresql/db', ['postgres:', '', '', '/run/postgresql', '/db', '']],
    [
      'AMQP://u:a,b@10.0.0.1:65535,10.0.0.2:1',
      ['amqp:', 'u', 'a,b', '10.0.0.1 65535,10.0.0.2 1', '', ''],
    ],
    ['postgres://u:p@w@a,b/', ['postgres:', 'u', 'p@w', 'a,b', '/', '']],
  ])('takes %s', (text, expected) => {
    expect(parts(text)).toEqual(expected)
    expect(String(read(kind, text))).toBe(text)
  })

  test.each([
    ['a:1,b:2', 'the host is missing'],
    ['localhost', 'the scheme is missing: postgres://…'],
    ['postgres:///db', 'the host is missing'],
    ['postgres:a,b', 'the host is missing'],
    ['postgres://', 'the host is missing'],
    ['postgres://u:p@/db', 'host 1 is missing'],
    ['postgres://a,,b/db', 'host 2 is missing'],
    ['postgres://a,:5432/db', 'host 2 is missing'],
    ['postgres://a,b,/db', 'host 3 is missing'],
    ['postgres://a:0,b/db', 'host 1 has a port that is not from 1 to 65535'],
    ['postgres://a,b:65536/db', 'host 2 has a port that is not from 1 to 65535'],
    ['postgres://a,b:/db', 'host 2 has a port that is not from 1 to 65535'],
    ['postgres://a,b:x/db', 'host 2 is invalid'],
    ['postgres://a b/db', 'it contains white space or control characters'],
    ['postgres://a,b\\c/db', 'it contains a backslash'],
    ['postgres://a,b/db\\', 'it contains a backslash'],
    ['postgres://a_,-b/db', 'host 2 is invalid'],
    ['postgres://[::1,b/db', 'host 1 is invalid'],
    ['postgres://[::g]/db', 'host 1 is invalid'],
    ['postgres://a,%2F%ff/db', 'host 2 is invalid'],
    ['postgres://u:50%@a/db', 'the user or the password contains a % that is not %25'],
    [`postgres://${'h,'.repeat(100)}h/db`, 'it has more than 100 hosts'],
    [
      'postgres://app:1,2#hunter2@a,b/db',
      'percent-encode # / and ? in the user and the password, as %23, %2F and %3F',
    ],
  ])('refuses %.50s', (text, hint) => {
    const issue = refusal(kind, text)
    expect(issue).toMatchObject({ code: 'invalid', hint })
    expect(refusal(kind.secret(), text).hint).toBe(hint)
    expect(JSON.stringify(issue)).not.toContain('hunter2')
  })

  test('schemes, and how many hosts', () => {
    const sentinels = config.connectionString({ protocols: ['redis+sentinel:'], min: 2, max: 3 })
    expect(read(sentinels, 'redis+sentinel://a,b').hosts).toHaveLength(2)
    expect(refusal(sentinels, 'redis://a,b')).toMatchObject({
      expected: 'a URL with 2 to 3 hosts that starts with redis+sentinel://',
      hint: 'it starts with redis: instead of redis+sentinel:',
    })
    expect(refusal(sentinels, 'redis+sentinel://a').hint).toBe('it has 1 host')
    expect(refusal(sentinels, 'redis+sentinel://a,b,c,d').hint).toBe('it has more than 3 hosts')
    expect(refusal(sentinels, 'hunter2://a').hint).toBeUndefined()
    expect(refusal(sentinels.secret(), 'redis://a').hint).toBeUndefined()
    expect(refusal(kind, '').expected).toBe(
      'a URL with one or several hosts, such as postgres://a:5432,b:5432/db',
    )
  })

  test('credentials are in the text only', () => {
    const text = 'postgres://app:hunter@2@a,b/db?sslpassword=hunter2&x=http://u:hunter2@h'
    expect(refusal(kind, text).hint).toMatch(/^percent-encode/)
    const value = read(kind, 'postgres://app:hunter@2,hunter2@a:1,b/db?sslpassword=hunter2&x=y')
    const shown = 'postgres://[redacted]@a:1,b/db?sslpassword=[redacted]&x=y'
    expect(JSON.stringify({ value })).toBe(`{"value":"${shown}"}`)
    expect(inspect(value)).toBe(`ConnectionString { ${shown} }`)
    expect(
      inspect(value, { customInspect: false, showHidden: true, getters: false }),
    ).not.toContain('hunter')
    expect(JSON.stringify([{ ...value }, structuredClone(value)])).not.toContain('hunter')
    expect(format('%s', value)).toContain('hunter2')
    const cfg = config.load({ value: kind }, { env: { VALUE: value.href } })
    expect(JSON.stringify(config.sources(cfg))).not.toContain('hunter')
    expect(JSON.stringify(read(kind, 'redis://a,b'))).toBe('"redis://a,b"')
  })

  test('cannot be changed', () => {
    const value = read(kind, 'postgres://a,b/db?x=y')
    value.searchParams.set('x', 'z')
    expect(value.searchParams.get('x')).toBe('y')
    for (const part of [value, value.hosts, value.hosts[0]])
      expect(Object.isFrozen(part)).toBe(true)
  })

  test('a default is checked, and a wrong one is not shown', () => {
    expect(read(config.connectionString({ default: 'redis://a,b' }), undefined).hosts).toHaveLength(
      2,
    )
    const error = thrown(() => config.connectionString({ default: 'a:hunter2@b' }))
    expect(error.code).toBe('ERR_CONFIG_DECLARATION')
    expect(error.message).not.toContain('hunter2')
  })

  test.each([{ protocols: ['redis'] }, { min: 0 }, { max: 0 }, { min: 3, max: 2 }, { max: 1.5 }])(
    'option %j is a mistake',
    (options) => {
      expect(thrown(() => config.connectionString(options)).code).toBe('ERR_CONFIG_OPTION')
    },
  )

  test('what a URL with a single host says, it says too', () => {
    const word = fc.string({ unit: fc.constantFrom(...'ab0%23:,@-'), maxLength: 6 })
    fc.assert(
      fc.property(word, fc.constantFrom('h', 'a.b:80', '[::1]:1'), word, (user, host, path) => {
        const text = `redis://${user}@${host}/${path}`
        const one = config.url()
        try {
          const url = read(one, text)
          const value = read(kind, text)
          expect(value.pathname).toBe(url.pathname)
          expect([value.username, value.password]).toEqual(
            [url.username, url.password].map(decodeURIComponent),
          )
        } catch (error) {
          expect((error as config.ConfigError).code).toBe('ERR_CONFIG_INVALID')
        }
      }),
    )
  })
})
