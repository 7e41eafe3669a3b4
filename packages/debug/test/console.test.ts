import * as debug from '@clew/debug'
import { expect, test } from '@jest/globals'
import { fakeLogger } from './support/fake-logger.ts'

const logger = fakeLogger()

test.each([
  [undefined, 'debug.console needs { logger }, got undefined'],
  [{}, 'logger must have override(), got undefined'],
  [{ logger: { log() {} } }, 'logger must have override(), got an object'],
  [{ logger, guard: true }, 'guard must be a function, got true'],
  [{ logger, maxSessions: 0 }, 'maxSessions must be an integer from 1 to 1000, got 0'],
  [{ logger, maxSessions: 1.5 }, 'maxSessions must be an integer from 1 to 1000, got 1.5'],
  [{ logger, defaultTtlMs: 1 }, 'defaultTtlMs must be an integer from 1000 to 86400000, got 1'],
  [
    { logger, maxProfileSeconds: 1e6 },
    'maxProfileSeconds must be a number from 1 to 3600, got 1000000',
  ],
  [{ logger, heapSampling: 'yes' }, 'heapSampling must be true or false, got "yes"'],
  [{ logger, allowedHosts: 'a' }, 'allowedHosts must be a list of names, got "a"'],
  [{ logger, allowedHosts: ['*'] }, 'allowedHosts must be names without a port or *, got "*"'],
  [
    { logger, allowedHosts: ['a:80'] },
    'allowedHosts must be names without a port or *, got "a:80"',
  ],
  [
    { logger, gaurd: () => true },
    'debug.console has no "gaurd": it takes logger, guard, allowedHosts',
  ],
])('console(%j) is refused', (options, message) => {
  const make = () => debug.console(options as never)
  expect(make).toThrow(message)
  expect(make).toThrow(expect.objectContaining({ name: 'TypeError', code: 'ERR_DEBUG_OPTION' }))
})
