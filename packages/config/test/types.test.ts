// Compiled by `tsc`: a wrong type here is a failing typecheck.

import * as config from '@clew/config'
import { describe, expect, test } from '@jest/globals'
import { type } from 'arktype'
import * as v from 'valibot'
import { z } from 'zod'

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const exactly = <T extends true>(_?: T): void => {}

describe('types', () => {
  test('the configuration has exactly the types of its kinds', () => {
    const load = () =>
      config.load({
        address: config.address({ default: ':8080' }),
        database: { url: config.url().secret(), pool: config.integer() },
        level: config.oneOf(['debug', 'info'], { default: 'info' }),
        timeout: config.duration(),
        size: config.bytes(),
        port: config.port().fromFile(),
        connection: config.connectionString(),
        replicas: config.connectionString().secret(),
        debug: config.boolean().optional(),
        key: config.string().secret().optional(),
        key2: config.string().optional().secret(),
        flag: config.boolean().secret(),
        origins: config.list(config.url()),
        limits: config.map(config.number()).describe('limits'),
        extra: config.json(),
        zod: config.schema(z.coerce.number()),
        valibot: config.schema(v.pipe(v.string(), v.transform(Number))),
        arktype: config.schema(type('string.numeric.parse')),
        object: config.schema(z.object({ a: z.string() }), { json: true }),
        any: config.schema(z.any()).secret(),
        unknown: config.schema(z.unknown()).secret(),
      })
    type Loaded = ReturnType<typeof load>
    exactly<Equal<Loaded['address'], config.Address>>()
    exactly<Equal<Loaded['database']['url'], config.Secret<URL>>>()
    exactly<Equal<Loaded['database']['pool'], number>>()
    exactly<Equal<Loaded['level'], 'debug' | 'info'>>()
    exactly<Equal<Loaded['timeout'], number>>()
    exactly<Equal<Loaded['size'], number>>()
    exactly<Equal<Loaded['port'], number>>()
    exactly<Equal<Loaded['connection'], config.ConnectionString>>()
    exactly<Equal<Loaded['connection']['hosts'][number]['port'], number | undefined>>()
    exactly<Equal<Loaded['replicas'], config.Secret<config.ConnectionString>>>()
    exactly<Equal<Loaded['debug'], boolean | undefined>>()
    exactly<Equal<Loaded['key'], config.Secret<string> | undefined>>()
    exactly<Equal<Loaded['key2'], config.Secret<string> | undefined>>()
    exactly<Equal<Loaded['flag'], config.Secret<boolean>>>()
    exactly<Equal<Loaded['origins'], readonly URL[]>>()
    exactly<Equal<Loaded['limits'], Readonly<Record<string, number>>>>()
    exactly<Equal<Loaded['extra'], config.Json>>()
    exactly<Equal<Loaded['zod'], number>>()
    exactly<Equal<Loaded['valibot'], number>>()
    exactly<Equal<Loaded['arktype'], number>>()
    exactly<Equal<Loaded['object'], { a: string }>>()
    exactly<Equal<Loaded['any'], config.Secret<any>>>()
    exactly<Equal<Loaded['unknown'], config.Secret<unknown>>>()
    // What a server takes.
    const listen = (address: string | { host?: string; port: number } | { path: string }) => address
    const use = (loaded: Loaded) => {
      listen(loaded.address)
      // @ts-expect-error read-only
      loaded.timeout = 1
      // @ts-expect-error read-only, in groups too
      loaded.database.pool = 1
      // @ts-expect-error read-only
      loaded.connection.hosts[0] = { host: 'a', port: 1 }
      // @ts-expect-error a secret is no URL
      new URL('/', loaded.database.url)
      // @ts-expect-error not declared
      return loaded.missing
    }
    expect(typeof use).toBe('function')
  })

  test('kinds of your own, and rules', () => {
    const spec = config.withRules(
      {
        version: config.custom((text) => ({ major: Number(text) })),
        level: config.custom((text): 'a' | 'b' => (text === 'a' ? 'a' : 'b'), { default: 'b' }),
        flags: config.custom((text) => text.split(''), { format: (flags) => flags.join('') }),
        tls: { on: config.boolean(), cert: config.string().secret().optional().alias('CERT') },
      },
      [
        {
          path: 'tls.cert',
          must: 'be set',
          holds(cfg) {
            exactly<Equal<typeof cfg, Loaded>>()
            return !cfg.tls.on || cfg.tls.cert !== undefined
          },
        },
      ],
    )
    const load = () => config.load(spec)
    type Loaded = ReturnType<typeof load>
    exactly<Equal<Loaded['version'], { major: number }>>()
    exactly<Equal<Loaded['level'], 'a' | 'b'>>()
    exactly<Equal<Loaded['flags'], string[]>>()
    exactly<Equal<Loaded['tls']['cert'], config.Secret<string> | undefined>>()
    exactly<
      Equal<config.PathOf<typeof spec>, 'version' | 'level' | 'flags' | 'tls.on' | 'tls.cert'>
    >()
    exactly<Equal<config.PathOf<config.Spec>, string>>()
    const dynamic: config.Spec = { a: config.string() }
    config.withRules(dynamic, [{ path: 'a', must: 'be set', holds: () => true }])
    const options: config.LoadOptions = { expand: true }
    expect(config.load(dynamic, { ...options, env: { A: 'x' } })).toEqual({ a: 'x' })
  })

  test('mistakes that do not compile', () => {
    const mistakes = () => {
      // @ts-expect-error none of the values
      config.oneOf(['a', 'b'], { default: 'c' })
      // @ts-expect-error no such option
      config.integer({ minimum: 1 })
      // @ts-expect-error a default of another type
      config.boolean({ default: 1 })
      // @ts-expect-error a default of another type
      config.custom(Number, { default: true })
      const spec = { a: config.string(), b: { c: config.string() } }
      // @ts-expect-error no such variable
      config.withRules(spec, [{ path: 'b.d', must: 'x', holds: () => true }])
      // @ts-expect-error a group is no variable
      config.withRules(spec, [{ path: 'b', must: 'x', holds: () => true }])
      // @ts-expect-error no such value
      config.withRules(spec, [{ path: 'a', must: 'x', holds: ({ d }) => d }])
      // @ts-expect-error neither a kind nor a group
      config.load({ port: 8080 })
      // @ts-expect-error items of another type
      config.list(config.integer(), { default: [true] })
    }
    expect(typeof mistakes).toBe('function')
  })
})
