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
  test('the first report of each key', () => {
    const heard: string[] = []
    const once = oncePerKey(({ message }) => heard.push(message))
    for (const key of ['a', 'b', 'a', '', 'b', '']) once(key, report('t', `${key}${heard.length}`))
    expect(heard).toEqual(['a0', 'b1', '2'])
  })

  test('the 100th key is remembered, further ones are dropped', () => {
    const heard: string[] = []
    const once = oncePerKey(({ message }) => heard.push(message))
    for (let at = 1; at <= 102; at++) once(`${at}`, report('t', `${at}`))
    for (const key of ['1', '100', '101', '102']) once(key, report('t', key))
    expect(heard).toHaveLength(100)
    expect(heard.at(-1)).toBe('100')
  })

  test('a report that throws counts as made', () => {
    const heard: string[] = []
    const once = oncePerKey(({ message }) => {
      heard.push(message)
      throw new Error('reporter')
    })
    expect(() => once('a', report('t'))).toThrow('reporter')
    once('a', report('t'))
    expect(heard).toHaveLength(1)
  })
})

describe('createSummaries', () => {
  beforeEach(() => void jest.useFakeTimers())
  afterEach(() => void jest.useRealTimers())

  test('a summary has the last report, and counts those that it stands for', () => {
    const heard: Report[] = []
    const summaries = createSummaries((each) => heard.push(each), 10_000)
    for (const message of ['1', '2', '3']) summaries.report(report('a', message))
    jest.advanceTimersByTime(9_999)
    expect(heard).toEqual([report('a', '1')])
    jest.advanceTimersByTime(1)
    expect(heard[1]).toEqual({
      ...report('a', '3 (2 more in 10 s)'),
      fields: { url: 'x', repeated: 2 },
    })
  })

  test('types do not mix', () => {
    const heard: string[] = []
    const summaries = createSummaries(({ message }) => heard.push(message))
    for (const type of ['a', 'b', 'a']) summaries.report(report(type))
    jest.advanceTimersByTime(30_000)
    expect(heard).toEqual(['a', 'b', 'a (1 more in 30 s)'])
  })

  test('after a summary, the next one counts anew', () => {
    const heard: string[] = []
    const summaries = createSummaries(({ message }) => heard.push(message))
    for (let second = 0; second < 90; second++) {
      summaries.report(report('a'))
      jest.advanceTimersByTime(1000)
    }
    expect(heard).toEqual([
      'a',
      'a (29 more in 30 s)',
      'a (30 more in 30 s)',
      'a (30 more in 30 s)',
    ])
  })

  test('close sums up what is left, and leaves no timer', () => {
    const heard: string[] = []
    const summaries = createSummaries(({ message }) => heard.push(message))
    for (const type of ['a', 'b', 'b', 'c', 'c', 'c']) summaries.report(report(type))
    summaries.close()
    expect(heard).toEqual(['a', 'b', 'c', 'b (1 more in 30 s)', 'c (2 more in 30 s)'])
    expect(jest.getTimerCount()).toBe(0)
    summaries.close()
    jest.advanceTimersByTime(120_000)
    expect(heard).toHaveLength(5)
  })

  test('close without reports does nothing', () => {
    const heard: Report[] = []
    createSummaries((each) => heard.push(each)).close()
    expect(heard).toEqual([])
  })
})
