import type { IncomingMessage } from 'node:http'
import { expect, test } from '@jest/globals'
import { OptionCheck } from '../../src/options/check.ts'
import { type Ignore, ignoredByDefault, ignoreOption } from '../../src/requests/ignore.ts'

const check = new OptionCheck('ERR_LOG_OPTION', 'log.http')
const request = (url: string, originalUrl?: string) => ({ url, originalUrl }) as never
const ignores = (ignore: Ignore, url: string, originalUrl?: string) =>
  ignoreOption(check, ignore)(request(url, originalUrl))

test.each<[string, boolean]>([
  ['/livez', true],
  ['/readyz?verbose', true],
  ['/startupz', true],
  ['/healthz', true],
  ['/metrics', true],
  ['/debug', true],
  ['/debug/pprof/profile?seconds=1', true],
  ['/debugger', false],
  ['/livez/', false],
  ['/livezz', false],
  ['/api/livez', false],
  ['/LIVEZ', false],
  ['/', false],
  ['/orders?next=/livez', false],
])('by default, %s is ignored: %s', (url, ignored) => {
  expect(ignores(ignoredByDefault, url)).toBe(ignored)
})

test('the path is matched as the client sent it', () => {
  expect(ignores(['/api/health'], '/health', '/api/health?x=1')).toBe(true)
  expect(ignores(['/health'], '/health', '/api/health')).toBe(false)
  expect(ignores(['/'], undefined as never)).toBe(true)
})

test('a pattern is matched against the path without the query', () => {
  expect(ignores([/secret/], '/a?secret=1')).toBe(false)
  expect(ignores([/b$/], '/a/b?c')).toBe(true)
})

test.each(['g', 'y', 'gy', 'giy', 'dg'])(
  'a pattern with the flags %s gives the same result each time',
  (flags) => {
    const pattern = new RegExp('/static/', flags)
    const ignored = ignoreOption(check, [pattern])
    const results = Array.from({ length: 4 }, () => ignored(request('/static/a.js')))
    expect(results).toEqual([true, true, true, true])
    expect(pattern.lastIndex).toBe(0)
  },
)

test('other flags are kept', () => {
  expect(ignores([/^\/STATIC\//i], '/static/a')).toBe(true)
  expect(ignores([/^\/\p{Lu}/u], '/A')).toBe(true)
})

test('changing the array later has no effect', () => {
  const entries: (string | RegExp)[] = ['/a']
  const ignored = ignoreOption(check, entries)
  entries.push('/b')
  expect([ignored(request('/a')), ignored(request('/b'))]).toEqual([true, false])
})

test('a function is returned as is', () => {
  const ignore = (req: IncomingMessage) => req.url === '/x'
  expect(ignoreOption(check, ignore)).toBe(ignore)
})

test('an empty array ignores nothing', () => expect(ignores([], '/livez')).toBe(false))

test.each<[unknown, string]>([
  ['/livez', 'ignore must be an array or a function; received "/livez"'],
  [/x/, 'ignore must be an array or a function; received an object'],
  [null, 'ignore must be an array or a function; received null'],
  [undefined, 'ignore must be an array or a function; received undefined'],
  [['/a', 5], 'ignore[1] must be a string or a RegExp; received 5'],
  [[{ test: () => true }], 'ignore[0] must be a string or a RegExp; received an object'],
])('%p throws', (ignore, message) => {
  expect(() => ignoreOption(check, ignore as never)).toThrow(
    expect.objectContaining({ code: 'ERR_LOG_OPTION', message: `log.http: ${message}` }) as never,
  )
})
