import * as debug from '@clew/debug'
import { expect, test } from '@jest/globals'
import { fakeLogger } from './support/fake-logger.ts'

const logger = fakeLogger()

test.each([
  [undefined, 'logger must be an object with the method override(); received undefined'],
  [null, 'options must be an object; received null'],
  [{}, 'logger must be an object with the method override(); received undefined'],
  [
    { logger: { log() {} } },
    'logger must be an object with the method override(); received an object',
  ],
  [{ logger, guard: true }, 'guard must be a function; received true'],
  [{ logger, access: 'read' }, 'access must be an object; received "read"'],
  [
    { logger, access: { max: 'all' } },
    'access.max must be one of none, read, write; received "all"',
  ],
  [
    { logger, access: { heap: 'none' } },
    'unknown option "access.heap"; the options are access.max',
  ],
  [{ logger, maxSessions: 0 }, 'maxSessions must be an integer from 1 to 1000; received 0'],
  [{ logger, maxSessions: 1.5 }, 'maxSessions must be an integer from 1 to 1000; received 1.5'],
  [
    { logger, defaultTtlMs: 1 },
    'defaultTtlMs must be an integer from 1000 to 86400000; received 1',
  ],
  [
    { logger, maxProfileSeconds: 1e6 },
    'maxProfileSeconds must be a number from 1 to 3600; received 1000000',
  ],
  [{ logger, heapSampling: 'yes' }, 'heapSampling must be true or false; received "yes"'],
  [{ logger, allowedHosts: 'a' }, 'allowedHosts must be an array of strings; received "a"'],
  [{ logger, allowedHosts: [7] }, 'allowedHosts[0] must be a string; received 7'],
  [
    { logger, allowedHosts: ['*'] },
    'allowedHosts[0] must be a host name without a port or *; received "*"',
  ],
  [
    { logger, allowedHosts: ['a', 'a:80'] },
    'allowedHosts[1] must be a host name without a port or *; received "a:80"',
  ],
  [
    { logger, gaurd: () => true },
    'unknown option "gaurd"; the options are logger, guard, guardTimeoutMs, allowedHosts, access',
  ],
  [{ logger, maxSessions: null }, 'maxSessions must be an integer from 1 to 1000; received null'],
])('console(%j) is refused', (options, message) => {
  const make = () => debug.console(options as never)
  expect(make).toThrow(`debug.console: ${message}`)
  expect(make).toThrow(expect.objectContaining({ name: 'TypeError', code: 'ERR_DEBUG_OPTION' }))
})

test('an option that is undefined is its default', async () => {
  const console = debug.console({
    logger,
    guard: undefined,
    allowedHosts: undefined,
    maxSessions: undefined,
    defaultTtlMs: undefined,
    maxProfileSeconds: undefined,
    heapSampling: undefined,
  })
  const { openedAt, expiresAt } = console.sessions.open({ ttlMs: undefined, actor: undefined })
  expect(expiresAt.getTime() - openedAt.getTime()).toBe(600_000)
  await console.shutdown()
})
