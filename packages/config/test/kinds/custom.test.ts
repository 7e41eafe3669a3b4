import { inspect } from 'node:util'
import * as config from '@clew/config'
import { describe, expect, test } from '@jest/globals'
import { read, refusal, thrown } from '../support.ts'

interface Version {
  readonly major: number
  readonly tags: readonly string[]
}

function parseVersion(text: string): Version {
  const [, major, tags = ''] = /^v(\d+)(?:\+(.*))?$/.exec(text) ?? []
  if (major === undefined) throw new Error('a version starts with v and a number')
  return { major: Number(major), tags: tags === '' ? [] : tags.split('.') }
}

const version = config.custom(parseVersion, {
  expected: 'a version such as v3',
  format: ({ major, tags }) => `v${[major, ...tags].join('+')}`,
})

describe('custom', () => {
  test('gives what the function returns, frozen', () => {
    const value = read(version, 'v3+a.b')
    expect(value).toEqual({ major: 3, tags: ['a', 'b'] })
    expect([Object.isFrozen(value), Object.isFrozen(value.tags)]).toEqual([true, true])
    expect(read(config.list(version), 'v1, v2').map(({ major }) => major)).toEqual([1, 2])
    expect(
      read(
        config.custom(() => null),
        'x',
      ),
    ).toBeNull()
    expect(read(config.custom(BigInt), '12345678901234567890')).toBe(12_345_678_901_234_567_890n)
    const map = read(
      config.custom((text) => new Map([[text, 1]])),
      'a',
    )
    expect(map.get('a')).toBe(1)
  })

  test('what the function throws is the hint, unless it may quote the text', () => {
    expect(refusal(version, '3')).toMatchObject({
      code: 'invalid',
      expected: 'a version such as v3',
      received: '"3"',
      hint: 'a version starts with v and a number',
    })
    const throwing = (error: unknown) =>
      config.custom((): string => {
        throw error
      })
    const hints = [
      new TypeError('it is hunter2'),
      new Error('not hunt'),
      'no good',
      { message: 'x' },
      null,
      new Error(''),
    ].map((error) => refusal(throwing(error), 'hunter2-8f').hint)
    expect(hints).toEqual([undefined, undefined, 'no good', '[object Object]', 'null', undefined])
    for (const kind of [version.secret(), throwing(new Error('it is bad')).secret()]) {
      expect(refusal(kind, 'hunter2')).toMatchObject({ received: '[redacted]', hint: undefined })
    }
    const named = config.custom(parseVersion, { name: 'API_TOKEN' })
    const load = () => config.load({ named }, { env: { API_TOKEN: 'hunter2' } })
    expect(inspect(thrown(load), { depth: 9 })).not.toContain('hunter2')
  })

  test('a word of three letters is a quote within another word, one of two is not', () => {
    const hint = (text: string, message: string) => {
      const kind = config.custom((): string => {
        throw new Error(message)
      })
      return refusal(kind, text).hint
    }
    expect(hint('cat', 'it is concatenated')).toBeUndefined()
    expect(hint('ca', 'it is concatenated')).toBe('it is concatenated')
    expect(hint('ca', 'there is no ca')).toBeUndefined()
  })

  test('the defaults of its options', () => {
    expect(refusal(config.custom(parseVersion), 'x').expected).toBe(
      'a value that its function accepts',
    )
    expect(thrown(() => config.custom(String, { expected: 'x'.repeat(201) })).message).toMatch(
      /^config\.custom: expected must be a text of at most 200 characters; received /,
    )
    expect(read(config.custom(String, { expected: 'x'.repeat(200) }), 'a')).toBe('a')
  })

  test('undefined is no value', () => {
    expect(
      refusal(
        config.custom(() => undefined),
        'x',
      ).hint,
    ).toBe('the function returned undefined')
  })

  test('a function must be synchronous, and its rejection ends nothing', async () => {
    const rejecting = config.custom(async () => {
      throw new Error('hunter2')
    })
    expect(refusal(rejecting, 'x')).toMatchObject({
      code: 'async',
      hint: 'the function is asynchronous; configuration is read synchronously',
    })
    await new Promise((resolve) => setImmediate(resolve))
  })

  test('a default is a text or a value', () => {
    expect(read(config.custom(parseVersion, { default: 'v7' }), undefined).major).toBe(7)
    const value = { major: 1, tags: ['x'] }
    const loaded = read(config.custom(parseVersion, { default: value }), undefined)
    expect(loaded).toEqual(value)
    expect(loaded).not.toBe(value)
    expect([Object.isFrozen(loaded), Object.isFrozen(value)]).toEqual([true, false])
    const error = thrown(() => config.custom(parseVersion, { default: 'hunter2' }))
    expect(error).toMatchObject({ code: 'ERR_CONFIG_DECLARATION' })
    expect(error.message).not.toContain('hunter2')
  })

  const row = (kind: config.Kind<unknown>, env = {}) =>
    config.sources(config.load({ kind }, { env }))[0]!.value
  test('is shown as its function for that says', () => {
    expect(row(version, { KIND: 'v1+a' })).toBe('v1+a')
    expect(row(config.custom(Number), { KIND: '5' })).toBe('5')
    expect(row(config.custom(parseVersion), { KIND: 'v1+hunter2' })).toBe('an object')
    expect(
      row(
        config.custom((text) => [text]),
        { KIND: 'hunter2' },
      ),
    ).toBe('an array')
    expect(
      row(
        config.custom((text) => () => text),
        { KIND: 'hunter2' },
      ),
    ).toBe('a function')
    const failing = [
      () => {
        throw new Error('hunter2')
      },
      () => 5 as never,
    ]
    for (const format of failing) {
      expect(row(config.custom(parseVersion, { format }), { KIND: 'v1' })).toBe('an object')
    }
    expect(row(version.secret(), { KIND: 'v1' })).toBe('[redacted]')
  })

  test('in documents', () => {
    const spec = {
      a: config.custom(parseVersion, { default: 'v1' }),
      b: config
        .custom(parseVersion, {
          expected: 'a version such as v3',
          format: ({ major }) => `v${major}`,
          default: { major: 2, tags: [] },
        })
        .describe('The version.'),
      c: config.custom(parseVersion, { default: { major: 2, tags: ['hunter2'] } }),
    }
    const table = config.markdown(spec)
    expect(table).toContain('| `A` | a value that its function accepts | `v1` |')
    expect(table).toContain('| `B` | a version such as v3 | `v2` | The version. |')
    expect(table).toContain('| `C` | a value that its function accepts | not shown |')
    expect(config.jsonSchema(spec)['properties']).toMatchObject({
      B: { type: 'string', description: 'The version. Takes a version such as v3.', default: 'v2' },
    })
    expect(config.help(spec)).toContain('  --b <custom>, B\n')
    expect(config.envExample(spec)).toContain('# Default below: a version such as v3\n# B=v2\n')
  })
})
