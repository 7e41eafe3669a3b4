import * as config from '@clew/config'
import { describe, expect, test } from '@jest/globals'

/** A schema that makes something of the text. */
function made(transform: (text: string) => unknown) {
  const validate = (text: unknown) => ({ value: transform(String(text)) })
  return config.schema<unknown>({ '~standard': { version: 1, vendor: 'test', validate } })
}

function shown(kind: config.Kind<unknown>, text: string) {
  return config.sources(config.load({ value: kind }, { env: { VALUE: text }, envFile: false }))[0]
    ?.value
}

describe('sources', () => {
  test.each<[string, (text: string) => unknown]>([
    ['an object', (text) => ({ password: new URL(text).password })],
    ['an object', (text) => new URL(text)],
    ['an array', (text) => [new URL(text).password]],
    ['a function', (text) => () => text],
  ])('what a schema makes is only called %s', (what, transform) => {
    expect(shown(made(transform), 'postgres://u:hunter2@h/db')).toBe(what)
  })

  test('a text or a number that a schema makes is shown as any other', () => {
    expect(shown(made(Number), '12')).toBe('12')
    expect(shown(made(String), 'postgres://u:hunter2@h/db')).toBe('postgres://[redacted]@h/db')
  })

  test.each<[string, () => unknown]>([
    ['throws', () => ({ toJSON: fail, toString: fail })],
    ['is no text', () => Object.assign(Object.create(null), { a: 1n })],
  ])('an item whose own text %s does not keep the other rows away', (_, transform) => {
    const spec = { items: config.list(made(transform)), port: config.integer() }
    const cfg = config.load(spec, { env: { ITEMS: 'a', PORT: '1' }, envFile: false })
    expect(config.sources(cfg).map(({ variable }) => variable)).toEqual(['ITEMS', 'PORT'])
  })

  test('nobody can change them', () => {
    const rows = config.sources(config.load({ a: config.string() }, { env: { A: 'x' } }))
    expect([rows, ...rows].map(Object.isFrozen)).toEqual([true, true])
  })
})

function fail(): never {
  throw new Error('hunter2')
}
