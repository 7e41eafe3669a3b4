import * as config from '@clew/config'
import { describe, expect, test } from '@jest/globals'
import { type } from 'arktype'
import * as v from 'valibot'
import { z } from 'zod'
import { failure, read, refusal, thrown } from '../support.ts'

const libraries = {
  zod: { number: z.coerce.number().max(10), email: z.email(), object: z.object({ a: z.number() }) },
  valibot: {
    number: v.pipe(v.string(), v.transform(Number), v.maxValue(10)),
    email: v.pipe(v.string(), v.email()),
    object: v.object({ a: v.number() }),
  },
  arktype: {
    number: type('string.numeric.parse').to('number <= 10'),
    email: type('string.email'),
    object: type({ a: 'number' }),
  },
}

describe.each(Object.entries(libraries))('schema of %s', (_, { number, email, object }) => {
  test('takes what the schema takes', () => {
    expect(read(config.schema(number as config.StandardSchema<unknown, number>), '7')).toBe(7)
    const value = read(
      config.schema(object as config.StandardSchema<unknown, { a: number }>, { json: true }),
      '{"a":1}',
    )
    expect(value).toEqual({ a: 1 })
    expect(Object.isFrozen(value)).toBe(true)
  })

  test('says what the schema says', () => {
    const issue = refusal(config.schema(number as config.StandardSchema<unknown, number>), '11')
    expect(issue).toMatchObject({
      code: 'invalid',
      expected: 'a value that its schema accepts',
      received: '"11"',
    })
    expect(issue.hint).toMatch(/10/)
    const json = refusal(
      config.schema(object as config.StandardSchema, { json: true }),
      '{"a":"x"}',
    )
    expect(json.hint).toMatch(/^[a*] is rejected by its schema$/)
    expect(
      refusal(config.schema(object as config.StandardSchema, { json: true }), '{').expected,
    ).toBe('JSON')
  })

  test('nothing of a secret comes through the words of the schema', () => {
    for (const kind of [email, number, object]) {
      const error = failure(() =>
        config.load(
          { v: config.schema(kind as config.StandardSchema).secret() },
          { env: { V: 'hunter2' }, envFile: false },
        ),
      )
      expect(`${error.stack} ${JSON.stringify(error.issues)}`).not.toContain('hunt')
      expect(error.issues[0]).toMatchObject({ received: '[redacted]', hint: undefined })
    }
  })

  test('a default goes through the schema', () => {
    expect(
      thrown(() => config.schema(email as config.StandardSchema, { default: 'no mail' })).code,
    ).toBe('ERR_CONFIG_DECLARATION')
    expect(
      read(
        config.schema(email as config.StandardSchema<unknown, string>, { default: 'a@b.example' }),
        undefined,
      ),
    ).toBe('a@b.example')
    expect(
      read(
        config.schema(object as config.StandardSchema, { json: true, default: { a: 2 } }),
        undefined,
      ),
    ).toEqual({ a: 2 })
  })
})

describe('schema', () => {
  const standard = (validate: (value: unknown) => unknown) =>
    ({ '~standard': { version: 1, vendor: 'test', validate } }) as config.StandardSchema

  test('an asynchronous one is refused clearly, and its rejection ends nothing', async () => {
    const kind = config.schema(standard(() => Promise.reject(new Error('later'))))
    expect(refusal(kind, 'x')).toMatchObject({
      code: 'async',
      hint: 'the schema is asynchronous; configuration is read synchronously',
    })
    expect(refusal(kind.secret(), 'x').code).toBe('async')
    expect(refusal(config.schema(z.string().refine(async () => true)), 'x').code).toMatch(
      /async|invalid/,
    )
    await new Promise(setImmediate)
    expect(
      thrown(() =>
        config.schema(
          standard(async () => ({ value: 1 })),
          { default: 'x' },
        ),
      ).code,
    ).toBe('ERR_CONFIG_DECLARATION')
  })

  test.each<[string, (value: unknown) => unknown]>([
    [
      'throws',
      () => {
        throw new Error('value was hunter2')
      },
    ],
    [
      'throws nothing',
      () => {
        throw undefined
      },
    ],
    ['answers nothing', () => undefined],
    ['answers null issues entries', () => ({ issues: [null] })],
    [
      'has a message that throws',
      () => ({
        issues: [
          {
            get message() {
              throw new Error('hunter2')
            },
          },
        ],
      }),
    ],
    [
      'has a path that throws',
      () => ({
        issues: [
          {
            message: 'm',
            path: {
              slice() {
                throw new Error('hunter2')
              },
            },
          },
        ],
      }),
    ],
  ])('one that %s is a problem of its variable', (_, validate) => {
    const issue = refusal(config.schema(standard(validate)), 'x')
    expect(issue).toMatchObject({
      variable: 'VALUE',
      code: 'invalid',
      hint: 'the schema threw an error for this value',
    })
    expect(JSON.stringify(issue)).not.toContain('hunter2')
  })

  test('of JSON, only the place is said: indices, and keys that the schema names', () => {
    const json = (kind: config.StandardSchema, text: string) => {
      const { hint } = refusal(config.schema(kind, { json: true }), text)
      expect(refusal(config.schema(kind, { json: true }).secret(), text).hint).toBe(hint)
      return hint
    }
    const place = z.object({ a: z.number(), b: z.array(z.object({ c: z.number(), d: z.date() })) })
    expect(json(place, '{"a":"hunter2-8f1c","b":[{"c":"x","d":1}]}')).toBe(
      'a is rejected by its schema; b.0.c is rejected by its schema; b.0.d is rejected by its schema',
    )
    expect(json(v.object({ b: v.array(v.number()) }), '{"b":["hunter2"]}')).toBe(
      '*.0 is rejected by its schema',
    )
    expect(json(type({ a: 'number<10' }), '{"a":424242}')).toBe('a is rejected by its schema')
    expect(json(z.record(z.string(), z.number()), '{"hunter2":"x"}')).toBe(
      '* is rejected by its schema',
    )
    // A key of digits is no index.
    expect(json(z.record(z.string(), z.number()), '{"12345678":"x"}')).toBe(
      '* is rejected by its schema',
    )
    expect(json(z.array(z.number()), '[1,"hunter2"]')).toBe('1 is rejected by its schema')
  })

  test.each<[string, config.StandardSchema, string]>([
    ['escaped', type({ a: 'string.email' }), '{"a":"ab\\"hunter2"}'],
    ['escaped', type({ a: 'string.email' }), '{"a":"a\\nhunter2 xyz"}'],
    ['as numbers', v.object({ pin: v.string() }), '{"pin":12345678}'],
    ['as numbers', type({ a: 'number<10' }), '{"a":12345678}'],
    ['as keys', z.strictObject({ a: z.string() }), '{"a":"x","hunter2key":1}'],
    ['as keys', v.strictObject({ a: v.string() }), '{"a":"x","hunter2key":1}'],
    ['as keys of a path', z.record(z.string(), z.number()), '{"hunter2":"x"}'],
    ['as a whole', type("'aa'|'bb'"), '"hunter2abc"'],
    [
      'transformed',
      z.object({
        a: z
          .string()
          .toLowerCase()
          .pipe(z.custom(() => false, { error: ({ input }) => `bad ${input}` })),
      }),
      '{"a":"HUNTER2XYZ"}',
    ],
  ])('parts of JSON are not quoted %s', (_, standard, text) => {
    const kind = config.schema(standard, { json: true })
    for (const [each, value] of [
      [kind, text],
      [kind.secret(), text],
      [config.list(kind, { separator: ';' }), text],
      [config.map(kind, { separator: ';', assign: ':=' }), `key:=${text}`],
    ] as const) {
      const issue = refusal(each, value)
      expect(JSON.stringify(issue)).not.toMatch(/hunter2|12345678/i)
      expect(issue.hint).toContain('rejected by its schema')
    }
  })

  test.each<[string, config.StandardSchema, string, string]>([
    [
      'nothing of it',
      z.string().max(3),
      'hunter2',
      'Too big: expected string to have <=3 characters',
    ],
    ['it at the end', v.pipe(v.string(), v.email()), 'hunter2', 'Invalid email'],
    ['it at the end', type('string.email'), 'hunter2', 'must be an email address'],
    ['it at the end', v.pipe(v.string(), v.url()), 'http://u:hunter2@exa mple', 'Invalid URL'],
    ['nothing, of nothing else than signs', z.email(), '§§', 'Invalid email address'],
  ])('what a schema says of a text: %s', (_, standard, text, hint) => {
    expect(refusal(config.schema(standard), text).hint).toBe(hint)
    expect(refusal(config.schema(standard).secret(), text).hint).toBeUndefined()
  })

  test.each([
    ['no hunter2 here', 'hunter2'],
    ['no HUNTER2 here', 'hunter2'],
    ['no hunter2 here', '  hunter2\n'],
    ['no \\u0068unter2 here', 'hunter2'],
    ['no h%75nter2 here', 'hunter2'],
    ['no ab\\"hunter2 here', 'ab"hunter2'],
    ['no a\\nhunter2 here', 'a\nhunter2'],
    ['no hunt… here', 'hunter2'],
    ['no \uff48unter2 here', 'hunter2'],
    ['no 42 here', 'a=42'],
    ['no x here', 'x'],
    ['no x here', 'x'.repeat(5000)],
    ['no §§ here', '§§'],
    ['...', 'hunter2'],
  ])('"%s" is not passed on for %j', (message, text) => {
    const issue = refusal(config.schema(standard(() => ({ issues: [{ message }] }))), text)
    expect(issue.hint).toBe('it is rejected by its schema')
  })

  test('keys of the path to a part of a text are shown only when the schema names them', () => {
    const path = ['hunter2', { key: 'x' }, 0, Symbol('y')]
    const kind = config.schema(standard(() => ({ issues: [{ message: 'no', path }] })))
    expect(refusal(kind, 'a').hint).toBe('*.*.*.*: no')
  })

  test('credentials of a long URL are not shown', () => {
    const text = `http://user:${'hunter2'.repeat(900)}@exa mple`
    const issue = refusal(config.schema(v.pipe(v.string(), v.url())), text)
    expect(JSON.stringify(issue)).not.toContain('hunter2')
    expect(
      refusal(config.schema(standard(() => ({ issues: [{ message: 'as u:secret@h' }] }))), 'a')
        .hint,
    ).toBe('[redacted]@h')
  })

  test('an asynchronous item of a map, and with a default', () => {
    const hint = 'the schema is asynchronous; configuration is read synchronously'
    const later = standard(async () => ({ value: 1 }))
    for (const kind of [
      config.map(config.schema(later)),
      config.map(config.schema(later)).secret(),
    ]) {
      expect(refusal(kind, 'a=b')).toMatchObject({ code: 'async', hint: `entry 1: ${hint}` })
    }
    expect(refusal(config.list(config.schema(later)).secret(), 'a').hint).toBe(`item 1: ${hint}`)
    for (const fallback of ['x', { a: 1 }]) {
      expect(thrown(() => config.schema(later, { default: fallback }))).toMatchObject({
        code: 'ERR_CONFIG_DECLARATION',
        message: `config.schema: ${hint}`,
      })
    }
  })

  test.each<[string, () => unknown, string]>([
    ['an object', () => ({ host: 'h', password: 'hunter2' }), 'an object'],
    ['a URL', () => new URL('http://u:hunter2@h'), 'an object'],
    [
      'an object without a prototype',
      () => Object.assign(Object.create(null), { a: 1n }),
      'an object',
    ],
    [
      'an object that throws',
      () => ({
        toJSON() {
          throw new Error('hunter2')
        },
        toString() {
          throw new Error('hunter2')
        },
      }),
      'an object',
    ],
    ['null', () => null, 'null'],
    ['a number', () => 5, '5'],
    ['a bigint', () => 5n, '5'],
  ])('sources of a text that becomes %s', (_, make, shown) => {
    const kind = config.schema(z.string().transform(make))
    const cfg = config.load(
      { a: kind, b: config.list(kind), c: config.map(kind) },
      { env: { A: 'x', B: 'x', C: 'k=x' }, envFile: false },
    )
    const map = shown === 'an object' ? shown : `k=${shown}`
    expect(config.sources(cfg).map(({ value }) => value)).toEqual([shown, shown, map])
  })

  test('sources of JSON that cannot be written again', () => {
    const kind = config.schema(
      z.any().transform(() => ({ a: 1n })),
      { json: true },
    )
    const cfg = config.load({ a: kind }, { env: { A: '1' }, envFile: false })
    expect(config.sources(cfg)[0]!.value).toBe('an object')
  })

  test('lists and maps of it read back what they write', () => {
    const kind = config.schema(z.string().transform((text) => text.toLowerCase()))
    const spec = { a: config.list(kind), b: config.map(kind) }
    const first = config.load(spec, { env: { A: 'X, y', B: 'k=X' }, envFile: false })
    const [a, b] = config.sources(first).map(({ value }) => value)
    expect(config.load(spec, { env: { A: a, B: b }, envFile: false })).toEqual(first)
  })

  test('a schema may change what it is given', () => {
    const kind = config.schema(type({ a: 'string.trim', b: ['string.trim', 'string'] }), {
      json: true,
      default: { a: ' y ', b: [' z ', 'z'] },
    })
    expect(read(kind, '{"a":" x ","b":[" x ","y"]}')).toEqual({ a: 'x', b: ['x', 'y'] })
    expect(read(kind, undefined)).toEqual({ a: 'y', b: ['z', 'z'] })
  })

  test('a default that was handed in is not frozen; what is read is', () => {
    const shared: Record<string, unknown> = { a: { b: [1] }, made: new Date(0) }
    shared['self'] = shared
    const value = read(config.schema(z.any(), { default: shared }), undefined)
    expect(value).toEqual(shared)
    expect(value.made).toBe(shared['made'])
    expect([Object.isFrozen(value), Object.isFrozen(value.a.b)]).toEqual([true, true])
    expect([Object.isFrozen(shared), Object.isFrozen(shared['a'])]).toEqual([false, false])
  })

  test('issues without a path, many issues, long messages, control characters', () => {
    const issues = Array.from({ length: 50 }, (_, i) => ({
      message: `${i}\u001b[31m${'x'.repeat(9000)}`,
    }))
    const { hint } = refusal(config.schema(standard(() => ({ issues }))), 'x')
    expect(hint!.length).toBeLessThan(1000)
    expect(hint).toContain('0\\u001b[31mxxx')
    expect(hint).toMatch(/; and 47 more$/)
    expect(refusal(config.schema(standard(() => ({ issues: [] }))), 'x').code).toBe('invalid')
  })

  test('what is no Standard Schema is a mistake', () => {
    for (const value of [undefined, null, {}, { '~standard': { version: 2, validate() {} } }]) {
      expect(thrown(() => config.schema(value as never)).code).toBe('ERR_CONFIG_OPTION')
    }
  })

  test('is not asked when the variable is not set', () => {
    expect(refusal(config.schema(z.coerce.boolean()), undefined).code).toBe('missing')
    expect(read(config.schema(z.string()).optional(), undefined)).toBeUndefined()
  })
})

test('a JSON Schema that contains itself is read to its bound', () => {
  const cyclic: Record<string, unknown> = { properties: { a: {} } }
  cyclic['self'] = cyclic
  const standard = {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: () => ({ issues: [{ message: 'no', path: ['a'] }] }),
      jsonSchema: { input: () => cyclic },
    },
  } as unknown as config.StandardSchema
  expect(refusal(config.schema(standard, { json: true }), '{"a":1}').hint).toBe(
    'a is rejected by its schema',
  )
})
