import * as config from '@clew/config'
import { describe, expect, test } from '@jest/globals'
import { read, refusal, thrown } from '../support.ts'

describe('json', () => {
  test('any JSON, frozen all the way down', () => {
    const value = read(config.json(), '{"a":[{"b":null}]}') as { a: { b: null }[] }
    expect(value).toEqual({ a: [{ b: null }] })
    expect([Object.isFrozen(value), Object.isFrozen(value.a), Object.isFrozen(value.a[0])]).toEqual(
      [true, true, true],
    )
  })

  test('there is no negative zero, since JSON cannot be written with it', () => {
    expect(read(config.json(), '[-0, {"a": -0.0}, -0.5]')).toEqual([0, { a: 0 }, -0.5])
  })

  test('a refusal says where, and never quotes', () => {
    const issue = refusal(config.json(), '{"password":"hunter2"]')
    expect(issue).toMatchObject({
      received: '22 characters',
      hint: 'the error is at character 22',
    })
    expect(JSON.stringify(issue)).not.toContain('hunter2')
  })

  test.each([
    config.list(config.json(), { separator: ';' }),
    config.map(config.json(), { separator: ';', assign: ':=' }),
  ])('is not quoted inside a list or a map either', (kind) => {
    const text = 'a:={"password":"hunter2"};b:='
    expect(refusal(kind, text).received).toBe(`${text.length} characters`)
    const cfg = config.load(
      { a: config.list(config.json()), b: config.map(config.json()) },
      { env: { A: '"hunter2"', B: 'b="hunter2"' }, envFile: false },
    )
    expect(JSON.stringify(config.sources(cfg))).not.toContain('hunter2')
  })

  test.each([
    '{"a":{"__proto__":{"admin":true}}}',
    '{"a":1e400}',
    '[-1e999]',
    '9'.repeat(400),
    '['.repeat(101) + ']'.repeat(101),
    `${'['.repeat(5e5)}${']'.repeat(5e5)}`,
  ])('refuses %.20s', (text) => expect(refusal(config.json(), text).code).toBe('invalid'))

  test('one character is one character', () => {
    expect(refusal(config.json(), 'x').received).toBe('1 character')
  })

  test('a default is JSON text, or a value', () => {
    expect(read(config.json({ default: { a: 1 } }), undefined)).toEqual({ a: 1 })
    expect(read(config.json({ default: '"text"' }), undefined)).toBe('text')
    expect(thrown(() => config.json({ default: 'text' })).code).toBe('ERR_CONFIG_DECLARATION')
  })
})
