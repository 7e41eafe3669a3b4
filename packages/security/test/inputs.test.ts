import { once } from 'node:events'
import { IncomingMessage } from 'node:http'
import { type ClientHttp2Session, connect, createServer as createHttp2 } from 'node:http2'
import { connect as connectTcp, Socket } from 'node:net'
import { recordOf } from '@clew/internal/requests/record'
import * as security from '@clew/security'
import { type Listening, listen } from '@clew/testing'
import { afterEach, describe, expect, test } from '@jest/globals'
import * as z from 'zod'

const api = security.create({ default: security.noSecurity('test') })
const reports: security.Report[] = []
api.subscribe((report) => reports.push(report))
const guard = api.method('create')

let service: Listening | undefined
let errors: unknown[] = []
afterEach(async () => {
  await service?.close()
  service = undefined
  reports.length = 0
})

async function serve(
  schemas: security.InputSchemas,
  options?: security.ValidateOptions,
  before: (req: IncomingMessage) => void | Promise<void> = () => {},
) {
  const validator = api.validate(schemas, options)
  errors = []
  service = await listen(
    security.handler(guard, async (req, res) => {
      res.once('close', () => errors.push(recordOf(req).error))
      await before(req)
      validator(req, res, () => {
        const { body } = security.inputs(req, validator) as { body?: unknown }
        res.end(JSON.stringify(body) ?? 'nothing')
      })
    }),
  )
}

async function post(body: string | Uint8Array, headers: Record<string, string> = {}) {
  const answer = await fetch(service?.url ?? '', {
    method: 'POST',
    body: body as string,
    headers: { 'content-type': 'application/json', ...headers },
  })
  const text = await answer.text()
  return { status: answer.status, headers: answer.headers, text }
}

const errorsOf = ({ text }: { text: string }) => JSON.parse(text).errors

/** What comes back for these bytes, which may be no complete request. */
async function raw(text: string): Promise<string> {
  const socket = connectTcp(service?.port ?? 0, '127.0.0.1')
  socket.write(text)
  let answer = ''
  for await (const chunk of socket) answer += chunk
  return answer
}

function deferred() {
  let resolve = () => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}

const head = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n'

describe('the body', () => {
  test.each([
    ['is cut', '{"a":'],
    ['is empty text', ' '],
    ['has single quotes', "{'a':1}"],
    ['has two values', '1 2'],
    ['is no UTF-8', new Uint8Array([0x22, 0xe9, 0x74, 0x22])],
    ['has half a surrogate pair in UTF-8', new Uint8Array([0x22, 0xed, 0xa0, 0x80, 0x22])],
  ])('that %s is 400', async (_, body) => {
    await serve({ body: z.any() })
    const answer = await post(body)
    expect([answer.status, errorsOf(answer)]).toEqual([
      400,
      [{ in: 'body', pointer: '#', detail: 'is not valid JSON' }],
    ])
  })

  test('may begin with a byte order mark', async () => {
    await serve({ body: z.any() })
    expect(await post('\ufeff{"a":1}')).toMatchObject({ status: 200, text: '{"a":1}' })
  })

  test('may be nested up to maxDepth', async () => {
    await serve({ body: z.any() }, { maxDepth: 3 })
    expect((await post('[[[1]]]')).status).toBe(200)
    const answer = await post('[1,[[[1]]],{"a":[{}]}]')
    expect(errorsOf(answer)).toEqual([
      { in: 'body', pointer: '#/1/0/0', detail: 'is nested too deep' },
      { in: 'body', pointer: '#/2/a/0', detail: 'is nested too deep' },
    ])
    const bomb = await post('['.repeat(400_000) + ']'.repeat(400_000))
    expect([bomb.status, errorsOf(bomb).length]).toEqual([400, 1])
  })

  test('is never read beyond maxBytes, with or without a length', async () => {
    await serve({ body: z.any() }, { maxBytes: 10 })
    const announced = await raw(`${head}Content-Length: 1000000000\r\n\r\n`)
    expect(announced).toMatch(/^HTTP\/1.1 413 [\s\S]*connection: close[\s\S]*body_too_large/i)
    const chunked = await raw(`${head}Transfer-Encoding: chunked\r\n\r\nb\r\n"123456789"\r\n`)
    expect(chunked).toMatch(/^HTTP\/1.1 413 /)
    const exact = await raw(
      `${head}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\na\r\n"12345678"\r\n0\r\n\r\n`,
    )
    expect(exact).toMatch(/^HTTP\/1.1 200 /)
  })

  test('that comes too slowly is 408', async () => {
    await serve({ body: z.any() }, { timeoutMs: 50 })
    const answer = await raw(`${head}Content-Length: 10\r\n\r\n{"a"`)
    expect(answer).toMatch(/^HTTP\/1.1 408 [\s\S]*connection: close/i)
  })

  test('of a client that leaves is nobody’s fault', async () => {
    const validator = api.validate({ body: z.any() })
    const arrived = deferred()
    const ended = deferred()
    let ran = 0
    service = await listen(
      security.handler(guard, (req, res) => {
        req.once('data', () => arrived.resolve())
        res.once('close', () => ended.resolve())
        validator(req, res, () => ran++)
      }),
    )
    const socket = connectTcp(service.port, '127.0.0.1')
    socket.write(`${head}Content-Length: 10\r\n\r\n{"a"`)
    await arrived.promise
    socket.destroy()
    await ended.promise
    await new Promise(setImmediate)
    expect([ran, reports]).toEqual([0, []])
  })

  test('that is compressed is 415, and so is another charset', async () => {
    await serve({ body: z.any() })
    const zipped = await post('{}', { 'content-encoding': 'gzip' })
    expect([zipped.status, zipped.headers.get('accept-encoding')]).toEqual([415, 'identity'])
    const latin = await post('{}', { 'content-type': 'application/json; charset=latin1' })
    expect(latin.status).toBe(415)
  })

  test('may be a form, or bytes, if the media type is allowed', async () => {
    const mediaTypes = ['application/x-www-form-urlencoded', 'image/*']
    await serve({ body: z.any().transform((body) => body?.byteLength ?? body) }, { mediaTypes })
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    expect((await post('a=1&b=2&a=%C3%A9+', form)).text).toBe('{"a":["1","é "],"b":"2"}')
    expect((await post('__proto__=1', form)).status).toBe(400)
    expect((await post('abc', { 'content-type': 'image/png' })).text).toBe('3')
    expect((await post('{}')).status).toBe(415)
    expect((await post('{}', { 'content-type': 'image/' })).status).toBe(415)
  })

  test('that something else has read without a trace is a fault of the application', async () => {
    await serve({ body: z.any() }, {}, async (req) => {
      for await (const _ of req) {
        // only read
      }
    })
    expect((await post('{}')).status).toBe(500)
    expect(reports.map(({ fields }) => fields['reason'])).toEqual(['body_already_read'])
  })

  test('comes over HTTP/2, too', async () => {
    const validator = api.validate({ body: z.object({ a: z.number() }).optional() })
    const handle = security.handler(guard, (req, res) =>
      validator(req, res, () => res.end(JSON.stringify(security.inputs(req, validator)))),
    )
    const server = createHttp2(handle as never).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const session: ClientHttp2Session = connect(
      `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    )
    const ask = async (body: string | undefined) => {
      const stream = session.request(
        { ':method': 'POST', 'content-type': 'application/json' },
        { endStream: body === undefined },
      )
      if (body !== undefined) stream.end(body)
      let text = ''
      for await (const chunk of stream.setEncoding('utf8')) text += chunk
      return text
    }
    expect(await ask('{"a":1}')).toBe('{"body":{"a":1}}')
    expect(await ask(undefined)).toBe('{}')
    expect(await ask('{"a":"x"}')).toContain('"#/a"')
    session.close()
    server.close()
  })
})

test('a request that no guard has let in is refused unread', async () => {
  const validator = api.validate({ body: z.any() })
  service = await listen((req, res) => validator(req, res, () => res.end('in')))
  expect((await post('{}')).status).toBe(403)
  expect(reports.map(({ type, fields }) => [type, fields['reason']])).toEqual([
    ['security.denied', 'no_policy'],
  ])
})

test('so is one of fetch', async () => {
  const validator = api.validate({ body: z.any() })
  const request = new Request('http://a.test', { method: 'POST', body: '{}' })
  const answer = (await security.fetchInputs(validator, request)) as Response
  expect([answer.status, request.bodyUsed]).toEqual([403, false])
})

test('the faults are bounded, and each is listed once', async () => {
  await serve({ body: z.array(z.string()) }, { maxErrors: 3 })
  const answer = await post(JSON.stringify(Array.from({ length: 10 }, () => 1)))
  expect(JSON.parse(answer.text)).toMatchObject({ omitted: 7, errors: { length: 3 } })
  const both = z.string().min(5).regex(/x/)
  await service?.close()
  await serve({ body: both })
  expect(errorsOf(await post('"a"'))).toEqual([
    { in: 'body', pointer: '#', detail: 'is not valid' },
  ])
})

test('messages of the schemas are sent on request only', async () => {
  const body = z.object({ a: z.string({ error: 'must be\na name' }) })
  await serve({ body }, { messages: true })
  expect(errorsOf(await post('{"a":1}'))).toEqual([
    { in: 'body', pointer: '#/a', detail: 'must be\\na name' },
  ])
})

test('why a schema failed is in the record, without what it said', async () => {
  await serve({
    body: z.any().transform(() => {
      throw new RangeError('no hunter2\n    at hunter2')
    }),
  })
  expect((await post('"hunter2"')).status).toBe(500)
  const error = errors[0] as Error
  expect(error.message).toBe('inputs cannot be checked: a schema has thrown an error')
  expect(error.stack).toMatch(/inputs\.test/)
  expect(error.stack).not.toContain('hunter2')
  expect(reports[0]?.fields).toEqual({
    method: 'create',
    reason: 'schema_failed',
    status: 500,
    in: 'body',
    'error.type': 'RangeError',
  })
})

test('repeated names are arrays, in order; names and values are decoded once', async () => {
  const validator = api.validate({ query: z.any() })
  service = await listen(
    security.handler(guard, (req, res) =>
      validator(req, res, () => res.end(JSON.stringify(security.inputs(req, validator).query))),
    ),
  )
  const ask = async (query: string) => (await fetch(`${service?.url}/x?${query}`)).json()
  expect(await ask('a=1&b=2&a=3&a=1')).toEqual({ a: ['1', '3', '1'], b: '2' })
  expect(await ask('a[]=1&a[]=2&b[c]=3&b.d=4')).toEqual({
    'a[]': ['1', '2'],
    'b[c]': '3',
    'b.d': '4',
  })
  expect(await ask('a=%2541&%61=b+c%20d&e&=f')).toEqual({ a: ['%41', 'b c d'], e: '', '': 'f' })
  expect(await ask('hasOwnProperty=1&toString=2')).toEqual({ hasOwnProperty: '1', toString: '2' })
})

describe('options', () => {
  test.each([
    [() => api.validate({}), /schemas must be an object with params, query, headers or body/],
    [() => api.validate(undefined as never), /schemas must be an object; received undefined/],
    [() => api.validate({ bdoy: z.any() } as never), /unknown option "schemas.bdoy"/],
    [() => api.validate({ body: {} } as never), /schemas.body must be a Standard Schema/],
    [() => api.validate({ body: z.any() }, { maxBytes: -1 }), /maxBytes must be an integer/],
    [() => api.validate({ body: z.any() }, { mediaTypes: [] }), /mediaTypes must be at least one/],
    [
      () => api.validate({ body: z.any() }, { mediaTypes: ['json'] }),
      /mediaTypes\[0\] must be a media/,
    ],
    [() => api.validate({ body: z.any() }, { max: 1 } as never), /unknown option "max"/],
  ])('%s', (call, message) => {
    expect(call).toThrow(
      expect.objectContaining({
        code: 'ERR_SECURITY_OPTION',
        message: expect.stringMatching(message),
      }),
    )
  })

  test('inputs that were not checked are no inputs', () => {
    const validator = api.validate({ body: z.any() })
    expect(() => security.inputs(new IncomingMessage(new Socket()), validator)).toThrow(
      expect.objectContaining({ code: 'ERR_SECURITY_NO_INPUTS' }),
    )
  })
})
