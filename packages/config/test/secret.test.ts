import { format, inspect } from 'node:util'
import { deserialize, serialize } from 'node:v8'
import * as config from '@clew/config'
import { describe, expect, test } from '@jest/globals'

const secret = config.secret({ password: 'hunter2' })

describe('a secret', () => {
  test('reveals its value, and is marked for other packages', () => {
    expect(secret.reveal()).toEqual({ password: 'hunter2' })
    expect((secret as unknown as Record<symbol, unknown>)[Symbol.for('@clew/secret/v1')]).toBe(true)
    expect([
      config.isSecret(secret),
      config.isSecret({}),
      config.isSecret(null),
      config.isSecret('x'),
    ]).toEqual([true, false, false, false])
    expect(config.isSecret({ [Symbol.for('@clew/secret/v1')]: true })).toBe(true)
  })

  test.each<[string, () => unknown]>([
    ['String()', () => String(secret)],
    ['template string', () => `${secret}`],
    ['concatenation', () => ['', secret].join('')],
    ['JSON', () => JSON.stringify({ secret })],
    ['inspect', () => inspect(secret)],
    [
      'inspect, nested deeper than it looks',
      () => inspect({ a: { b: { c: { d: secret } } } }, { depth: 9 }),
    ],
    [
      'inspect, everything hidden shown',
      () =>
        inspect(secret, { showHidden: true, customInspect: false, showProxy: true, getters: true }),
    ],
    ['format %s', () => format('%s %o %O %j', secret, secret, secret, secret)],
    ['structuredClone', () => inspect(structuredClone(secret))],
    ['v8.serialize', () => inspect(deserialize(serialize(secret)))],
    ['spread', () => inspect({ ...secret })],
    ['error message', () => new Error(`no ${secret}`).stack],
    ['error cause', () => inspect(new Error('no', { cause: secret }))],
    ['toLocaleString', () => secret.toLocaleString()],
    [
      'own properties',
      () => inspect(Object.entries(Object.getOwnPropertyDescriptors(secret)), { depth: 9 }),
    ],
  ])('%s prints [redacted]', (_, print) => {
    expect(String(print())).toContain('[redacted]')
    expect(String(print())).not.toContain('hunter2')
  })

  test('is frozen', () => {
    expect(Object.isFrozen(secret)).toBe(true)
    expect(() => Object.assign(secret, { reveal: () => 'x' })).toThrow(TypeError)
  })

  test('nobody who has it can change it', () => {
    const [own, kind] = [secret.constructor, Object.getPrototypeOf(secret)]
    expect(Object.getOwnPropertyNames(own).sort()).toEqual(['length', 'name', 'prototype'])
    expect(Object.getOwnPropertyNames(kind).sort()).toEqual([
      'constructor',
      'reveal',
      'toJSON',
      'toString',
    ])
  })

  test('is no number', () => expect(Number(secret)).toBeNaN())
})
