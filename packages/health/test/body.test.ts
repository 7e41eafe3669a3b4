import * as health from '@clew/health'
import { expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import { formats } from '../src/answer/body.ts'

async function details(...names: string[]): Promise<health.Health> {
  const pingers = names.map((name) =>
    health.pinger(name, () => {
      throw new Error('a < b & "c"')
    }),
  )
  return health.checker(pingers).check()
}

test('no dependencies: no status, as in Clue', async () => {
  const body = JSON.parse(formats['application/json'](await details()))
  expect(Object.keys(body)).toEqual(['uptime', 'version'])
  expect(formats['application/xml'](await details())).toMatch(
    /^<health><uptime>\d+<\/uptime><version><\/version><\/health>$/,
  )
})

test.each([
  ['orders-db.1', 'orders-db.1'],
  ['my db', 'my_x0020_db'],
  ['1st', '_x0031_st'],
  ['-a', '_x002D_a'],
  ['a-1', 'a-1'],
  ['<b>', '_x003C_b_x003E_'],
  ['a_x0020_b', 'a_x005F_x0020_b'],
  ['snake_case', 'snake_case'],
  ['é', '_x00E9_'],
  ['😀', '_x0001F600_'],
])('in XML %s is <%s>', async (name, element) => {
  const body = formats['application/xml'](await details(name))
  expect(body).toContain(`<status><${element}>NOT OK</${element}></status>`)
  expect(body).toContain(`<${element}>a &lt; b &amp; "c"</${element}>`)
})

test('in health+json a component has no colon, and two never become one', async () => {
  const { checks } = JSON.parse(
    formats['application/health+json'](await details('redis:6379', 'redis%3A6379')),
  )
  expect(Object.keys(checks)).toEqual([
    'redis%3A6379:responseTime',
    'redis%253A6379:responseTime',
    'uptime',
  ])
})

test.each(['__proto__', 'constructor', 'toString'])('%s is a name like any other', async (name) => {
  const result = await details(name)
  expect(formats['application/json'](result)).toContain(`"status":{"${name}":"NOT OK"}`)
  expect(formats['application/health+json'](result)).toContain(`"${name}:responseTime"`)
  expect(formats['text/plain'](result)).toContain(`${name}: NOT OK`)
})

test('whatever the names are, each format has all of them and stays well formed', async () => {
  const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((text) => {
    try {
      return health.pinger(text, () => {}) !== undefined
    } catch {
      return false
    }
  })
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(name, { minLength: 1, maxLength: 5 }), async (names) => {
      const result = await details(...names)
      const json = JSON.parse(formats['application/json'](result))
      expect(Object.keys(json.status).sort()).toEqual([...names].sort())
      const { checks } = JSON.parse(formats['application/health+json'](result))
      expect(Object.keys(checks)).toHaveLength(names.length + 1)
      expect(formats['text/plain'](result).trimEnd().split('\n')).toHaveLength(names.length + 1)
      const xml = formats['application/xml'](result)
      const open = [...xml.matchAll(/<([\w.-]+)>/g)].map(([, element]) => element)
      const closed = [...xml.matchAll(/<\/([\w.-]+)>/g)].map(([, element]) => element)
      expect(open.sort()).toEqual(closed.sort())
      expect(new Set(open).size).toBe(
        names.length +
          5 -
          [...new Set(names)].filter((one) =>
            ['health', 'uptime', 'version', 'status', 'errors'].includes(one),
          ).length,
      )
    }),
  )
})
