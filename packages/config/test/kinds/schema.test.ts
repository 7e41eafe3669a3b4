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
    expect(
      refusal(config.schema(object as config.StandardSchema, { json: true }), '{"a":"x"}').hint,
    ).toMatch(/^a: /)
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
      hint: 'the schema itself fails on this value',
    })
    expect(JSON.stringify(issue)).not.toContain('hunter2')
  })

  test('a message that quotes a part of JSON is not passed on', () => {
    const kind = config.schema(v.object({ a: v.number(), b: v.array(v.number()) }), { json: true })
    const issue = refusal(kind, '{"a":"hunter2-8f1c","b":["hunter3"]}')
    expect(issue.hint).toBe('a: is not accepted; b.0: is not accepted')
    expect(refusal(kind, '{"a":1,"b":2}').hint).toContain('b: Invalid type')
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
