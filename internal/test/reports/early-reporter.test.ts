import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { createEarlyReporter } from '../../src/reports/early-reporter.ts'
import type { Report } from '../../src/reports/reporter.ts'

const report = (type: string, message = type): Report => ({
  type,
  level: 'error',
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

test('reports wait a second for the first listener', () => {
  const reporter = createEarlyReporter('@clew/x')
  reporter.report(report('a'))
  jest.advanceTimersByTime(999)
  expect(stderr).toEqual([])
  jest.advanceTimersByTime(1)
  expect(stderr).toEqual(['@clew/x error: a\n'])
})

test('a listener that subscribes within the second gets them in order, and stderr gets none', () => {
  const reporter = createEarlyReporter('@clew/x')
  for (const type of ['a', 'b', 'a']) reporter.report(report(type))
  jest.advanceTimersByTime(999)
  const received: string[] = []
  reporter.subscribe(({ type }) => received.push(type))
  jest.advanceTimersByTime(10_000)
  reporter.close()
  expect([received, stderr]).toEqual([['a', 'b', 'a'], []])
})

test('only the first listener gets the pending reports; those already written are not pending', () => {
  const reporter = createEarlyReporter('@clew/x')
  const received: string[] = []
  reporter.report(report('a'))
  reporter.subscribe(({ type }) => received.push(`1 ${type}`))
  reporter.subscribe(({ type }) => received.push(`2 ${type}`))
  expect(received).toEqual(['1 a'])
  const written = createEarlyReporter('@clew/y')
  written.report(report('a'))
  jest.advanceTimersByTime(1000)
  written.subscribe(({ type }) => received.push(`3 ${type}`))
  expect(received).toEqual(['1 a'])
  expect(stderr).toEqual(['@clew/y error: a\n'])
})

test('each type is written once, and at most 16 reports are kept', () => {
  const reporter = createEarlyReporter('@clew/x')
  for (let at = 0; at < 20; at++) reporter.report(report(`t${at}`))
  jest.advanceTimersByTime(1000)
  expect(stderr).toHaveLength(16)
  reporter.report(report('t3', 'again'))
  reporter.report(report('t16', 'now'))
  jest.advanceTimersByTime(1000)
  expect(stderr.slice(16)).toEqual(['@clew/x error: now\n'])
})

test('after the last listener unsubscribes, reports wait again', () => {
  const reporter = createEarlyReporter('@clew/x')
  reporter.subscribe(() => {})()
  reporter.report(report('a'))
  const received: string[] = []
  reporter.subscribe(({ type }) => received.push(type))
  expect(received).toEqual(['a'])
})

test('close writes pending reports at once, and leaves no timer', () => {
  const reporter = createEarlyReporter('@clew/x')
  reporter.report(report('a'))
  expect(jest.getTimerCount()).toBe(1)
  reporter.close()
  expect([stderr, jest.getTimerCount()]).toEqual([['@clew/x error: a\n'], 0])
  reporter.close()
  expect(stderr).toHaveLength(1)
})

test('the first listener gets all pending reports even if it throws', () => {
  const reporter = createEarlyReporter('@clew/x')
  reporter.report(report('a'))
  reporter.report(report('b'))
  const received: string[] = []
  const unsubscribe = reporter.subscribe(({ type }) => {
    received.push(type)
    throw new Error('listener')
  })
  unsubscribe()
  expect([received, reporter.isHeard()]).toEqual([['a', 'b'], false])
})
