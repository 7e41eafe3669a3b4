import * as security from '@clew/security'
import { afterEach, describe, expect, test } from '@jest/globals'
import { type } from 'arktype'
import * as v from 'valibot'
import * as z from 'zod'
import { type Echo, echoes } from '../support/echo.ts'

const { key, record } = security.issueApiKey({ owner: 'reporting' })
const apiKey = security.apiKey('key', { keys: [record] })

const schemas = {
  zod: {
    params: z.object({ id: z.coerce.number().int().positive() }),
    query: z.object({ tag: z.union([z.string(), z.array(z.string())]).optional() }),
    headers: z.object({ 'x-version': z.enum(['1', '2']).default('1') }),
    body: z.strictObject({
      note: z.string().max(10),
      items: z.array(z.object({ sku: z.string(), price: z.number().positive() })).min(1),
    }),
  },
  valibot: {
    params: v.object({ id: v.pipe(v.string(), v.regex(/^\d+$/), v.transform(Number)) }),
    query: v.object({ tag: v.optional(v.union([v.string(), v.array(v.string())])) }),
    headers: v.object({ 'x-version': v.optional(v.picklist(['1', '2']), '1') }),
    body: v.strictObject({
      note: v.pipe(v.string(), v.maxLength(10)),
      items: v.pipe(
        v.array(v.object({ sku: v.string(), price: v.pipe(v.number(), v.minValue(0.01)) })),
        v.minLength(1),
      ),
    }),
  },
  arktype: {
    params: type({ id: 'string.integer.parse' }),
    query: type({ 'tag?': 'string | string[]' }),
    headers: type({ 'x-version': '"1" | "2" = "1"' }),
    body: type({
      '+': 'reject',
      note: 'string <= 10',
      items: type({ sku: 'string', price: 'number > 0' }).array().atLeastLength(1),
    }),
  },
}

let echo: Echo | undefined
let ran = 0
let reports: security.Report[] = []
afterEach(async () => {
  await echo?.close()
  echo = undefined
})

async function serve(
  name: string,
  given: security.InputSchemas,
  options?: security.ValidateOptions,
  parsesBody = false,
) {
  const api = security.create({ default: apiKey })
  ran = 0
  reports = []
  api.subscribe((report) => reports.push(report))
  const validator = api.validate(given, options)
  const guard = api.method('create')
  echo = await echoes[name]?.({ guard, validator, parsesBody, ran: () => ran++ })
}

async function post(
  path: string,
  body?: unknown,
  headers: Record<string, string | undefined> = {},
): Promise<{ status: number; headers: Headers; body: any; text: string }> {
  const given = {
    'x-api-key': key,
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...headers,
  }
  const sent = Object.entries(given).filter(
    (pair): pair is [string, string] => pair[1] !== undefined,
  )
  const answer = await fetch(echo?.url + path, {
    method: 'POST',
    headers: sent,
    ...(body === undefined
      ? {}
      : {
          body:
            typeof body === 'string' || body instanceof Uint8Array
              ? (body as string)
              : JSON.stringify(body),
        }),
  })
  const text = await answer.text()
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {}
  return { status: answer.status, headers: answer.headers, body: parsed, text }
}

const order = { note: 'hello', items: [{ sku: 'a', price: 2 }] }
const denials = () =>
  reports.filter(({ type }) => type !== 'security.allowed' && type !== 'security.transport')

describe.each(Object.keys(echoes))('%s', (name) => {
  const zod = schemas.zod

  test.each([false, true])(
    'right inputs arrive typed (parsed by the framework: %s)',
    async (parses) => {
      await serve(name, zod, undefined, parses)
      const answer = await post('/orders/7?tag=a&tag=b', order, { 'x-version': '2' })
      expect([answer.status === 201 ? 200 : answer.status, answer.body]).toEqual([
        200,
        {
          params: { id: 7 },
          query: { tag: ['a', 'b'] },
          headers: { 'x-version': '2' },
          body: order,
        },
      ])
      expect((await post('/orders/7?tag=a', order)).body.query).toEqual({ tag: 'a' })
      expect(denials()).toEqual([])
    },
  )

  test.each([false, true])(
    '400 points at every fault and repeats no value (%s)',
    async (parses) => {
      await serve(name, zod, undefined, parses)
      const body = {
        note: 'hunter2-hunter2',
        items: [{ sku: 'hunter2', price: -13371337 }, { price: 'hunter2' }],
        'a/b~c d': 'hunter2',
      }
      const answer = await post('/orders/hunter2?tag=hunter2', body, { 'x-version': 'hunter2' })
      expect(answer.status).toBe(400)
      expect(answer.headers.get('content-type')).toBe('application/problem+json')
      expect(answer.headers.get('cache-control')).toBe('no-store')
      expect(answer.text).not.toMatch(/hunter2|13371337/)
      expect(JSON.stringify(reports)).not.toMatch(/hunter2|13371337/)
      expect(answer.body).toMatchObject({ status: 400, code: 'invalid_input' })
      expect(new Set(answer.body.errors.map((each: object) => JSON.stringify(each)))).toEqual(
        new Set(
          [
            { in: 'params', name: 'id', detail: 'is not valid' },
            { in: 'headers', name: 'x-version', detail: 'is not valid' },
            { in: 'body', pointer: '#/note', detail: 'is not valid' },
            { in: 'body', pointer: '#/items/0/price', detail: 'is not valid' },
            { in: 'body', pointer: '#/items/1/sku', detail: 'is missing' },
            { in: 'body', pointer: '#/items/1/price', detail: 'is not valid' },
            { in: 'body', pointer: '#/a~1b~0c%20d', detail: 'is not valid' },
          ].map((each) => JSON.stringify(each)),
        ),
      )
      expect(ran).toBe(0)
      expect(denials().map(({ type, level, fields }) => [type, level, fields])).toEqual([
        [
          'security.invalid_input',
          'info',
          { method: 'create', reason: 'invalid_input', status: 400 },
        ],
      ])
    },
  )

  test('who may not is refused before anything is read', async () => {
    let called = 0
    const spy = z.any().refine(() => {
      called++
      return true
    })
    await serve(name, { params: spy, query: spy, headers: spy, body: spy })
    const answer = await post('/orders/7', order, { 'x-api-key': undefined })
    expect([answer.status, called, ran]).toEqual([401, 0, 0])
  })

  test.each([false, true])('names that change prototypes are refused (%s)', async (parses) => {
    const open = z.looseObject({})
    await serve(name, { query: open, body: open }, undefined, parses)
    const answer = await post(
      '/orders/7?__proto__=x&__proto__=y&a=b',
      '{"a":[{"__proto__":{"admin":true}}],"constructor":{"prototype":{"admin":true}}}',
    )
    expect(answer.status).toBe(400)
    // Fastify's own parser refuses the body before anybody else sees it.
    if (!/Fastify/.test(name)) {
      expect(answer.body.errors).toEqual([
        { in: 'query', name: '__proto__', detail: 'is not allowed' },
        { in: 'body', pointer: '#/a/0/__proto__', detail: 'is not allowed' },
        { in: 'body', pointer: '#/constructor', detail: 'is not allowed' },
      ])
    }
    expect(({} as { admin?: boolean }).admin).toBeUndefined()
    expect(ran).toBe(0)
    const fine = await post('/orders/7?constructor=x', { constructor: 'Bosch', prototype: {} })
    expect([200, 201]).toContain(fine.status)
  })

  test('another media type is 415, with what is accepted', async () => {
    await serve(name, { body: zod.body })
    for (const contentType of ['text/plain', 'application/xml', 'application/jsonx', 'text/json']) {
      const answer = await post('/orders/7', JSON.stringify(order), { 'content-type': contentType })
      expect([contentType, answer.status, ran]).toEqual([contentType, 415, 0])
      if (answer.body?.code === 'unsupported_media_type') {
        expect(answer.headers.get('accept')).toBe('application/json, application/*+json')
      }
    }
    const withCharset = await post('/orders/7', order, {
      'content-type': 'Application/JSON; charset="utf-8"',
    })
    expect([200, 201]).toContain(withCharset.status)
  })

  test('a body that is too long is 413, however it is sent', async () => {
    await serve(name, { body: z.any() }, { maxBytes: 100 })
    expect([200, 201]).toContain((await post('/orders/7', { a: 'x'.repeat(80) })).status)
    const long = await post('/orders/7', { a: 'x'.repeat(200) })
    expect([long.status, long.body.code]).toEqual([413, 'body_too_large'])
    expect(ran).toBe(1)
  })

  test('a schema may be asynchronous', async () => {
    const later = z.object({ sku: z.string() }).refine(async ({ sku }) => {
      await new Promise(setImmediate)
      return sku === 'known'
    })
    await serve(name, { body: later })
    expect([200, 201]).toContain((await post('/orders/7', { sku: 'known' })).status)
    const answer = await post('/orders/7', { sku: 'hunter2' })
    expect([answer.status, answer.body.errors]).toEqual([
      400,
      [{ in: 'body', pointer: '#', detail: 'is not valid' }],
    ])
  })

  test.each([
    [
      'throws',
      () => {
        throw new RangeError('hunter2')
      },
      500,
    ],
    [
      'rejects',
      async () => {
        throw new RangeError('hunter2')
      },
      500,
    ],
    ['returns nothing', () => undefined, 500],
    ['never settles', () => new Promise(() => {}), 503],
  ])(
    'a schema that %s is no fault of the client, and reported once',
    async (_, validate, status) => {
      const broken = { '~standard': { version: 1, vendor: 'test', validate } } as never
      await serve(name, { body: broken }, { timeoutMs: 50 })
      const answer = await post('/orders/7', { a: 'hunter2' })
      expect([answer.status, answer.body.status, ran]).toEqual([status, status, 0])
      expect(answer.text).not.toContain('hunter2')
      expect(denials().map(({ type, level }) => [type, level])).toEqual([
        ['security.input_failed', 'error'],
      ])
      expect(JSON.stringify(reports)).not.toContain('hunter2')
    },
  )

  test('no body: the schema gets undefined', async () => {
    await serve(name, { body: z.object({ a: z.string() }).optional() })
    const answer = await post('/orders/7')
    expect([[200, 201].includes(answer.status), answer.body]).toEqual([true, {}])
  })
})

describe.each(Object.entries(schemas))('%s', (_, given) => {
  test('says the same of the same faults', async () => {
    await serve('node:http', given)
    const right = await post('/orders/7?tag=a&tag=b', order)
    expect(right.body).toEqual({
      params: { id: 7 },
      query: { tag: ['a', 'b'] },
      headers: expect.objectContaining({ 'x-version': '1' }),
      body: order,
    })
    const wrong = await post('/orders/x', {
      note: 'a',
      items: [{ sku: 1, price: 'hunter2' }],
      more: 'hunter2',
    })
    expect(wrong.text).not.toContain('hunter2')
    const places = wrong.body.errors.map((each: any) => each.pointer ?? `${each.in} ${each.name}`)
    expect(places.sort()).toEqual(['#/items/0/price', '#/items/0/sku', '#/more', 'params id'])
  })
})
