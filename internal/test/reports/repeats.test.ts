import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { createSummaries, oncePerKey } from '../../src/reports/repeats.ts'
import type { Report } from '../../src/reports/reporter.ts'

const report = (type: string, message = type): Report => ({
  type,
  level: 'warn',
  message,
  fields: { url: 'x' },
})

describe('oncePerKey', () => {
  test('passes on the first report of each key', () => {
    const received: string[] = []
    const once = oncePerKey(({ message }) => received.push(message))
    for (const key of ['a', 'b', 'a', '', 'b', ''])
      once(key, report('t', `${key}${received.length}`))
    expect(received).toEqual(['a0', 'b1', '2'])
  })

  test('remembers 100 keys, and drops reports with further ones', () => {
    const received: string[] = []
    const once = oncePerKey(({ message }) => received.push(message))
    for (let at = 1; at <= 102; at++) once(`${at}`, report('t', `${at}`))
    for (const key of ['1', '100', '101', '102']) once(key, report('t', key))
    expect(received).toHaveLength(100)
    expect(received.at(-1)).toBe('100')
  })

  test('a report that throws counts as passed on', () => {
    const received: string[] = []
    const once = oncePerKey(({ message }) => {
      received.push(message)
      throw new Error('reporter')
    })
    expect(() => once('a', report('t'))).toThrow('reporter')
    once('a', report('t'))
    expect(received).toHaveLength(1)
  })
})

describe('createSummaries', () => {
  beforeEach(() => void jest.useFakeTimers())
  afterEach(() => void jest.useRealTimers())

  test('a summary repeats the last report, and counts the reports since the one before', () => {
    const received: Report[] = []
    const summaries = createSummaries((report) => received.push(report), 10_000)
    for (const message of ['1', '2', '3']) summaries.report(report('a', message))
    jest.advanceTimersByTime(9_999)
    expect(received).toEqual([report('a', '1')])
    jest.advanceTimersByTime(1)
    expect(received[1]).toEqual({
      ...report('a', '3 (2 more in 10 s)'),
      fields: { url: 'x', repeated: 2 },
    })
  })

  test('each type has its own summary', () => {
    const received: string[] = []
    const summaries = createSummaries(({ message }) => received.push(message))
    for (const type of ['a', 'b', 'a']) summaries.report(report(type))
    jest.advanceTimersByTime(30_000)
    expect(received).toEqual(['a', 'b', 'a (1 more in 30 s)'])
  })

  test('each summary counts from zero', () => {
    const received: string[] = []
    const summaries = createSummaries(({ message }) => received.push(message))
    for (let second = 0; second < 90; second++) {
      summaries.report(report('a'))
      jest.advanceTimersByTime(1000)
    }
    expect(received).toEqual([
      'a',
      'a (29 more in 30 s)',
      'a (30 more in 30 s)',
      'a (30 more in 30 s)',
    ])
  })

  test('close reports the open summaries, and leaves no timer', () => {
    const received: string[] = []
    const summaries = createSummaries(({ message }) => received.push(message))
    for (const type of ['a', 'b', 'b', 'c', 'c', 'c']) summaries.report(report(type))
    summaries.close()
    expect(received).toEqual(['a', 'b', 'c', 'b (1 more in 30 s)', 'c (2 more in 30 s)'])
    expect(jest.getTimerCount()).toBe(0)
    summaries.close()
    jest.advanceTimersByTime(120_000)
    expect(received).toHaveLength(5)
  })

  test('close without reports does nothing', () => {
    const received: Report[] = []
    createSummaries((report) => received.push(report)).close()
    expect(received).toEqual([])
  })
})
