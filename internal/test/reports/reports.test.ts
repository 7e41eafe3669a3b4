import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { reasonOf } from '../../src/errors/reason.ts'
import { createEarlyReporter } from '../../src/reports/early-reporter.ts'
import { createSummaries } from '../../src/reports/repeats.ts'
import { createReporter, type Report } from '../../src/reports/reporter.ts'

const report = (type: string, message = type): Report => ({
  type,
  level: 'warn',
  message,
  fields: {},
})
let stderr: string[]

beforeEach(() => {
  jest.useFakeTimers()
  stderr = []
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
    stderr.push(String(text))
    return true
  })
})
afterEach(() => {
  jest.useRealTimers()
  jest.restoreAllMocks()
})

test('the first listener gets the reports made before it subscribed', () => {
  const reporter = createEarlyReporter('@clew/trace')
  const received: string[] = []
  reporter.report(report('a'))
  reporter.subscribe((report) => received.push(report.type))
  reporter.report(report('b'))
  jest.advanceTimersByTime(5000)
  expect(received).toEqual(['a', 'b'])
  expect(stderr).toEqual([])
})

test('without a listener, the first report of each type goes to stderr', () => {
  const reporter = createEarlyReporter('@clew/trace')
  for (let at = 0; at < 100; at++) reporter.report(report('a', `first ${at}`))
  reporter.report(report('b'))
  jest.advanceTimersByTime(5000)
  reporter.report(report('a'))
  reporter.close()
  expect(stderr).toEqual(['@clew/trace warn: first 0\n'])
})

test('repetitions: the first, then a summary every 30 s, then nothing', () => {
  const received: string[] = []
  const summaries = createSummaries((report) => received.push(report.message))
  for (let at = 0; at < 5; at++) summaries.report(report('a', `down ${at}`))
  jest.advanceTimersByTime(30_000)
  jest.advanceTimersByTime(120_000)
  summaries.report(report('a', 'down again'))
  expect(received).toEqual(['down 0', 'down 4 (4 more in 30 s)', 'down again'])
})

test('a listener that throws does not affect the others; one that unsubscribed gets nothing', () => {
  const reporter = createReporter()
  const received: string[] = []
  reporter.subscribe(() => {
    throw new Error('mine')
  })
  const unsubscribe = reporter.subscribe((report) => received.push(report.type))
  reporter.report(report('a'))
  unsubscribe()
  reporter.report(report('b'))
  expect(received).toEqual(['a'])
})

test('a reason is one bounded line', () => {
  expect(reasonOf(new Error(`a\n  b${'x'.repeat(1000)}`))).toMatch(/^a bx{297}$/)
  expect(reasonOf(undefined)).toBe('undefined')
})
