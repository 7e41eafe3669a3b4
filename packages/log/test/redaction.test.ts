import { once } from 'node:events'
import { createServer, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as log from '@clew/log'
import { describe, expect, test } from '@jest/globals'
import { memory, text } from './memory.ts'

const brand = Symbol.for('@clew/secret/v1')

/** A field with this value, as it is written at once and when held. */
function shown(value: unknown, redact: log.LogOptions['redact'] = {}): unknown {
  const { logger, lines } = memory({ redact })
  logger.info('m', { value })
  logger.scope({}, () => {
    logger.info('m', { value })
    logger.flush()
  })
  expect(lines[1]?.fields).toEqual(lines[0]?.fields)
  return lines[0]?.fields['value']
}

describe('names', () => {
  test.each([
    'AWS_SECRET_ACCESS_KEY',
    'x-amz-security-token',
    'db_password',
    'userPassword',
    'newPassword',
    'api_secret',
    'STRIPE_API_KEY',
    'privateKey',
    'proxy-authorization',
    'cookies',
    'pass',
    'otp',
    'rawHeaders',
    '_header',
  ])('%s is hidden', (name) => {
    expect(shown({ [name]: 's3cret' })).toEqual({ [name]: '[redacted]' })
    const { logger, read } = text('json')
    logger.info('m', { [name]: 's3cret' })
    expect(read()).not.toContain('s3cret')
  })

  test.each([
    'max_tokens',
    'tokens',
    'token_type',
    'tokenCount',
    'nextPageToken',
    'cancelToken',
    'passed',
    'compass',
    'secretary',
    'key',
    'code',
  ])('%s is not', (name) => {
    expect(shown({ [name]: 7 })).toEqual({ [name]: 7 })
  })

  test('of ours only, with credentials: false', () => {
    expect(shown({ token: 1, iban: 2 }, { keys: ['IBAN'], credentials: false })).toEqual({
      token: 1,
      iban: '[redacted]',
    })
  })
})

describe('paths', () => {
  const fields = {
    a: { 'b-c': 's3cret', 'd.e': 's3cret', f: [{ g: 's3cret' }, { g: 's3cret' }], ok: 1 },
    'x.y': { z: 's3cret' },
    'http.remote_addr': 's3cret',
  }
  test('as pino writes them', () => {
    const { logger, read } = text('json', {
      redact: {
        paths: [
          'a["b-c"]',
          "a['d.e']",
          'a.f[*].g',
          '["x.y"].z',
          'http.remote_addr',
          '[*].pin',
          '*.card',
        ],
      },
    })
    logger.info('m', fields)
    logger.info('n', { u: { pin: 's3cret', card: 's3cret', name: 'ann' } })
    expect(read()).not.toContain('s3cret')
    expect(read()).toContain('"ok":1')
    expect(read()).toContain('"name":"ann"')
  })

  test('reach the items of a Set, and a Map whose keys are of all kinds', () => {
    expect(shown(new Set(['1234']), { paths: ['value[*]'] })).toEqual(['[redacted]'])
    expect(shown(new Set(['1', '2']), { paths: ['value.1'] })).toEqual(['1', '[redacted]'])
    const map = new Map<unknown, unknown>([
      ['authorization', 's3cret'],
      ['x', { y: 's3cret' }],
      [Symbol('s'), 1],
    ])
    expect(shown(map, { paths: ['value.x.y'] })).toEqual([
      ['authorization', '[redacted]'],
      ['x', { y: '[redacted]' }],
      ['Symbol(s)', 1],
    ])
  })

  test.each(['', 'a..b', 'a.', '.a', 'a[', 'a["b]', 'a]', 'a["b"]c', 'a[b.c]', 'a b["'])(
    '%j is a mistake',
    (path) => {
      expect(() => log.create({ redact: { paths: [path] } })).toThrow(
        `redact.paths[0] must be a path such as user.card, items[*].price or a["b-c"]; received "${path.replaceAll('"', '\\"')}"`,
      )
    },
  )
})

describe('URLs', () => {
  test.each([
    ['postgres://u:s3cret@db/x', 'postgres://[redacted]@db/x'],
    [
      'cannot reach amqp://u:s3c:r@et@mq:5672, nor b://x@y',
      'cannot reach amqp://[redacted]@mq:5672, nor b://[redacted]@y',
    ],
    ['https://h/?token=s3cret&a=1', 'https://h/?token=[redacted]&a=1'],
    ['https://h/cb#access_token=s3cret&a=1', 'https://h/cb#access_token=[redacted]&a=1'],
    ['https://h/#/cb?id_token=s3cret', 'https://h/#/cb?id_token=[redacted]'],
    [
      '/x?user[password]=s3cret&token[]=s3cret&b=1',
      '/x?user[password]=[redacted]&token[]=[redacted]&b=1',
    ],
    ['/x?user%5Bpassword%5D=s3cret', '/x?user%5Bpassword%5D=[redacted]'],
    [
      'jdbc:postgresql://h/db?user=u&password=s3cret',
      'jdbc:postgresql://h/db?user=u&password=[redacted]',
    ],
    ['https://h/?iban=s3cret', 'https://h/?iban=[redacted]'],
    ['https://example.com/a@b?page=2', 'https://example.com/a@b?page=2'],
    ['mail ann@example.com at 12:30 about a://b', 'mail ann@example.com at 12:30 about a://b'],
    ['/orders/1?expand=items', '/orders/1?expand=items'],
  ])('%s', (given, expected) => {
    const redact = { keys: ['iban'] }
    expect(shown(given, redact)).toBe(expected)
    expect(shown({ url: given }, redact)).toEqual({ url: expected })
    const { logger, rows } = text('json', { redact, fields: { bound: given } })
    logger.info('m', { given })
    expect(rows()[0]).toMatchObject({ bound: expected, given: expected })
  })

  test('of objects and of answers hide the same', () => {
    const redact = { keys: ['iban'] }
    expect(shown(new URL('https://u:p@h/x?iban=s&b=1#token=t'), redact)).toBe(
      'https://[redacted]@h/x?iban=[redacted]&b=1#token=[redacted]',
    )
    expect(shown(new URLSearchParams('iban=s&b=1'), redact)).toBe('iban=[redacted]&b=1')
  })

  test('are hidden before they are cut', () => {
    const long = `${'x'.repeat(80)} postgres://user:${'s3cret'.repeat(10)}@h`
    const { logger, read } = text('json', { maxValueBytes: 120 })
    const log1 = () => logger.info('m', { a: long, b: { c: long } })
    log1()
    logger.scope({ bound: long }, () => {
      log1()
      logger.flush()
    })
    expect(read()).not.toContain('s3cret')
    expect(read()).toContain('postgres://[redacted]@h')
  })

  test('take linear time', () => {
    const { logger, lines } = memory()
    logger.info('m', { a: `/?${'a'.repeat(1e6)}`, b: `x://${'://'.repeat(3e5)}` })
    expect(lines).toHaveLength(1)
  })

  test('in the message of an error, and in the message that is made of it', () => {
    const { logger, lines } = memory()
    logger.error(new Error('no answer from redis://:s3cret@cache:6379'))
    expect(JSON.stringify(lines)).not.toContain('s3cret')
    expect(lines[0]?.msg).toBe('no answer from redis://[redacted]@cache:6379')
  })

  test('nothing is hidden in them with redact: false', () => {
    expect(shown('https://u:p@h/?token=t', false)).toBe('https://u:p@h/?token=t')
  })
})

describe('secrets', () => {
  const secret = { [brand]: true, value: 's3cret' }
  class Secret {
    readonly [brand] = true
    value = 's3cret'
  }
  test.each([
    ['what toJSON returns', { toJSON: () => secret }],
    ['a list', Object.assign(['s3cret'], { [brand]: true })],
    ['a proxy', new Proxy(secret, {})],
    ['an instance', new Secret()],
  ])('%s', (_name, value) => {
    expect(shown(value)).toBe('[redacted]')
    expect(shown({ list: [value] })).toEqual({ list: ['[redacted]'] })
  })

  test('in the place of fields', () => {
    const { logger, lines } = memory()
    const fields = new Secret() as unknown as log.Fields
    logger.info('m', fields)
    logger.child(fields).info('m')
    for (const line of lines) expect(line.fields).toEqual({ value: '[redacted]' })
  })
})

describe('messages of HTTP', () => {
  test('show no credentials, wherever they are', async () => {
    const server = createServer((req, res) => {
      res.setHeader('set-cookie', 'sid=s3cret')
      received = { req: shown(req), res: shown({ nested: res }) }
      res.end('ok')
    })
    let received: Record<string, unknown> = {}
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const request = get({
      port,
      host: '127.0.0.1',
      path: '/x?token=s3cret&a=1',
      headers: { authorization: 'Bearer s3cret', 'x-own': 'y' },
    })
    const [response] = (await once(request, 'response')) as [import('node:http').IncomingMessage]
    response.resume()
    await once(response, 'end')
    server.close()
    expect(received['req']).toMatchObject({
      method: 'GET',
      url: '/x?token=[redacted]&a=1',
      headers: { authorization: '[redacted]', 'x-own': 'y' },
    })
    expect(received['res']).toMatchObject({
      nested: { status: 200, headers: { 'set-cookie': '[redacted]' } },
    })
    // As axios and got do, and follow-redirects between.
    const error = Object.assign(new Error('failed'), {
      request: { _currentRequest: request, _options: { auth: 'u:s3cret' } },
      response,
      list: [request],
    })
    Object.setPrototypeOf(error.request, class RedirectableRequest {}.prototype as object)
    const url = 'http://127.0.0.1/x?token=[redacted]&a=1'
    expect(shown(error)).toMatchObject({
      request: { method: 'GET', url, headers: { authorization: '[redacted]' } },
      response: { status: 200, headers: { 'set-cookie': '[redacted]' } },
      list: [{ method: 'GET', url }],
    })
    const all = JSON.stringify([received, shown(error), shown([request, response])])
    expect(all).not.toMatch(/s3cret|rawHeaders|_header/)
  })

  test('of HTTP/2', async () => {
    const http2 = await import('node:http2')
    const server = http2.createServer((req, res) => {
      res.setHeader('set-cookie', 'sid=s3cret')
      values = [shown(req), shown(res)]
      res.end()
    })
    let values: unknown[] = []
    server.listen(0)
    await once(server, 'listening')
    const client = http2.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const stream = client.request({ ':path': '/x?token=s3cret', authorization: 'Bearer s3cret' })
    stream.resume()
    await once(stream, 'close')
    client.close()
    server.close()
    expect(values).toMatchObject([
      { method: 'GET', url: '/x?token=[redacted]', headers: { authorization: '[redacted]' } },
      { status: 200, headers: { 'set-cookie': '[redacted]' } },
    ])
    expect(JSON.stringify(values)).not.toContain('s3cret')
  })

  test('of fetch, forms and events', () => {
    const headers = { authorization: 'Bearer s3cret' }
    expect(shown(new Request('https://h/?token=s3cret', { headers, method: 'PUT' }))).toEqual({
      method: 'PUT',
      url: 'https://h/?token=[redacted]',
      headers: { authorization: '[redacted]' },
    })
    expect(shown(new Response('body', { status: 404, headers }))).toMatchObject({
      status: 404,
      headers: { authorization: '[redacted]' },
    })
    const form = new FormData()
    form.append('iban', 's3cret')
    form.append('iban', 's3cret')
    expect(shown(form)).toEqual({ names: ['iban'] })
    expect(shown(new Event('close'))).toEqual({ type: 'close' })
    const event = Object.assign(new Event('error'), { message: 'gone', error: new Error('gone') })
    expect(shown(event)).toMatchObject({
      type: 'error',
      message: 'gone',
      error: { type: 'Error', message: 'gone' },
    })
  })

  test('paths reach their parts', () => {
    const response = new Response('', { headers: { 'x-internal': 's3cret', a: 'b' } })
    expect(shown(response, { paths: ['value.headers["x-internal"]'] })).toMatchObject({
      headers: { 'x-internal': '[redacted]', a: 'b' },
    })
  })
})
