import type { LimitOptions } from '@clew/log'
import * as log from '@clew/log'
import { nodeEval } from '@clew/testing'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import fc from 'fast-check'
import { memory } from './memory.ts'

let nowMs = 0
beforeEach(() => {
  nowMs = 1000
  jest.spyOn(performance, 'now').mockImplementation(() => nowMs)
})
afterEach(() => {
  jest.restoreAllMocks()
})

const summaries = (lines: ReturnType<typeof memory>['lines']) =>
  lines.filter(({ msg }) => msg === 'lines left out').map(({ fields }) => fields)

describe('lines with the same message', () => {
  test('beyond the limit are left out, and counted in a line at the end of the interval', () => {
    const { logger, lines } = memory({ limit: { lines: 3 } })
    for (let i = 0; i < 10; i++) logger.info('retrying', { i })
    logger.warn('other')
    expect(lines.map(({ msg, fields }) => [msg, fields['i']])).toEqual([
      ['retrying', 0],
      ['retrying', 1],
      ['retrying', 2],
      ['other', undefined],
    ])
    nowMs += 999
    logger.info('retrying')
    expect(lines).toHaveLength(4)
    nowMs += 1
    logger.info('retrying')
    expect(lines.slice(4).map(({ level, msg, fields }) => [level, msg, fields])).toEqual([
      ['info', 'lines left out', { left_out: 8, of: 'retrying', interval_ms: 1000 }],
      ['info', 'retrying', {}],
    ])
  })

  test('every line is written or counted, whatever comes when', () => {
    const message = fc.constantFrom('a', 'b', 'c', 'd')
    const step = fc.record({ message, ms: fc.integer({ min: 0, max: 300 }) })
    const options = fc.record({
      lines: fc.integer({ min: 1, max: 5 }),
      thenEvery: fc.integer({ min: 0, max: 4 }),
      intervalMs: fc.integer({ min: 10, max: 500 }),
      maxMessages: fc.integer({ min: 1, max: 5 }),
    })
    fc.assert(
      fc.property(options, fc.array(step, { maxLength: 60 }), (limit, steps) => {
        const { logger, lines } = memory({ limit })
        for (const { message: msg, ms } of steps) {
          nowMs += ms
          logger.info(msg)
        }
        logger.flush()
        const written = lines.filter(({ msg }) => msg !== 'lines left out').length
        const leftOut = summaries(lines).reduce((sum, each) => sum + Number(each['left_out']), 0)
        expect(written + leftOut).toBe(steps.length)
      }),
    )
  })

  test('thenEvery: of those beyond, some are written', () => {
    const { logger, lines } = memory({ limit: { lines: 2, thenEvery: 3 } })
    for (let i = 0; i < 12; i++) logger.info('m', { i })
    expect(lines.map(({ fields }) => fields['i'])).toEqual([0, 1, 4, 7, 10])
  })

  test('beyond maxMessages they share one count', () => {
    const { logger, lines } = memory({ limit: { lines: 1, maxMessages: 2 } })
    for (const msg of ['a', 'b', 'c', 'd', 'c', 'd', 'a']) logger.info(msg)
    logger.flush()
    expect(lines.map(({ msg }) => msg).slice(0, 3)).toEqual(['a', 'b', 'c'])
    expect(summaries(lines).map((each) => [each['of'], each['left_out']])).toEqual([
      ['a', 1],
      ['other messages', 3],
    ])
  })
})

describe('what is never left out', () => {
  test('errors, print, and what is above upTo', () => {
    const { logger, lines } = memory({ limit: { lines: 1, upTo: 'info' } })
    for (let i = 0; i < 3; i++) {
      logger.error('e')
      logger.error(new Error('x'), 'x')
      logger.fatal('f')
      logger.print('p')
      logger.warn('w')
      logger.info('i')
    }
    const counts = new Map<string, number>()
    for (const { msg } of lines) counts.set(msg, (counts.get(msg) ?? 0) + 1)
    expect([...counts]).toEqual([
      ['e', 3],
      ['x', 3],
      ['f', 3],
      ['p', 3],
      ['w', 3],
      ['i', 1],
    ])
  })

  test('the lines of a scope that is released, and its end', () => {
    const { logger, lines } = memory({ limit: { lines: 1 } })
    logger.scope({}, () => {
      for (let i = 0; i < 5; i++) logger.info('held')
      logger.error('e')
    })
    logger.scope({}, () => logger.error('e'))
    expect(lines.filter(({ msg }) => msg === 'held')).toHaveLength(5)
    expect(lines.filter(({ msg }) => msg === 'end')).toHaveLength(2)
  })
})

test('without it each line is written', () => {
  const { logger, lines } = memory()
  for (let i = 0; i < 500; i++) logger.info('m')
  expect(lines).toHaveLength(500)
})

describe('at the end, what is left out is said', () => {
  test.each([
    ['shutdown', 'await logger.shutdown()'],
    ['exit', 'process.exit(0)'],
    ['no work left', ''],
    ['the end of the interval', 'setTimeout(() => {}, 300)'],
  ])('%s', async (_, end) => {
    const child = nodeEval(
      `import * as log from '@clew/log'
const logger = log.create({ limit: { lines: 1, intervalMs: 100 } })
for (let i = 0; i < 10; i++) logger.info('m')
${end}`,
      { cwd: process.cwd() },
    )
    expect(await child.exit).toEqual({ code: 0, signal: null })
    const lines = child.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines.map(({ msg, left_out }) => [msg, left_out])).toEqual([
      ['m', undefined],
      ['lines left out', 9],
    ])
  })
})

test.each([
  [{ lines: 0 }, 'limit.lines must be an integer of at least 1; received 0'],
  [{ thenEvery: -1 }, 'limit.thenEvery must be an integer of at least 0; received -1'],
  [{ intervalMs: 9 }, 'limit.intervalMs must be an integer from 10 to 86400000; received 9'],
  [{ upTo: 'error' }, 'limit.upTo must be one of debug, info, warn; received "error"'],
  [{ maxMessages: 1.5 }, 'limit.maxMessages must be an integer of at least 1; received 1.5'],
  [{ line: 1 }, 'unknown option "limit.line"'],
])('limit: %j is refused', (limit, message) => {
  expect(() => log.create({ limit: limit as LimitOptions })).toThrow(`log.create: ${message}`)
})
