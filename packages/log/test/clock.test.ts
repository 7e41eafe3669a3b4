import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, jest, test } from '@jest/globals'
import { memory } from './memory.ts'

afterEach(() => void jest.restoreAllMocks())

/** Sets the wall clock, from here on. */
function setClock(read: () => number): void {
  jest.spyOn(Date, 'now').mockImplementation(read)
}

describe('the time of a held line', () => {
  test('is when it was logged, and not when it was written', async () => {
    const { logger, lines } = memory()
    const before = Date.now()
    let between = 0
    await logger.scope({}, async () => {
      logger.info('first')
      await sleep(60)
      between = Date.now()
      logger.info('second')
      await sleep(60)
      logger.error('third')
    })
    const [first = 0, second = 0, third = 0] = lines.map(({ time }) => time)
    expect(first).toBeGreaterThanOrEqual(before - 1)
    expect(first).toBeLessThan(between)
    expect(second).toBeGreaterThanOrEqual(between - 1)
    expect(third).toBeGreaterThan(second)
  })

  test('is never after that of a line which was written after it', () => {
    const { logger, lines } = memory()
    const end = performance.now() + 50
    while (performance.now() < end) {
      logger.scope({}, () => {
        logger.info('held')
        logger.error('written')
      })
    }
    for (const [index, { msg, time }] of lines.entries()) {
      if (msg === 'held') expect(time).toBeLessThanOrEqual(lines[index + 1]?.time ?? 0)
    }
  })

  test('is not after that of a clock which stands still', () => {
    const { logger, lines } = memory()
    setClock(() => 1_000_000)
    logger.scope({}, () => {
      logger.info('held')
      logger.error('written')
    })
    const [held = 0, written] = lines.map(({ time }) => time)
    expect(written).toBe(1_000_000)
    expect(held).toBeLessThanOrEqual(1_000_000)
    expect(held).toBeGreaterThan(990_000)
  })

  test.each([3_600_000, -3_600_000])('follows a clock that was moved by %d ms', async (moved) => {
    const { logger, lines } = memory()
    const real = Date.now.bind(Date)
    await logger.scope({}, async () => {
      logger.info('held')
      await sleep(20)
      setClock(() => real() + moved)
      logger.error('written')
    })
    const [held = 0, written = 0] = lines.map(({ time }) => time)
    expect(written - held).toBeGreaterThanOrEqual(18)
    expect(written - held).toBeLessThan(10_000)
  })

  test('is a whole number of milliseconds, also that of the line which counts what had to go', () => {
    const { logger, lines } = memory({ hold: { maxLines: 1 } })
    logger.scope({}, () => {
      logger.info('goes')
      logger.info('stays')
      logger.error('written')
    })
    expect(lines.map(({ msg }) => msg)).toEqual(['log lines dropped', 'stays', 'written', 'end'])
    for (const { time } of lines) expect(Number.isInteger(time)).toBe(true)
    expect(lines[0]?.time).toBe(lines[1]?.time)
  })
})
