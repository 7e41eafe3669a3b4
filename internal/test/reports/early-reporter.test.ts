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

test('a listener within the second gets them in their order, and stderr none', () => {
  const reporter = createEarlyReporter('@clew/x')
  for (const type of ['a', 'b', 'a']) reporter.report(report(type))
  jest.advanceTimersByTime(999)
  const heard: string[] = []
  reporter.subscribe(({ type }) => heard.push(type))
  jest.advanceTimersByTime(10_000)
  reporter.close()
  expect([heard, stderr]).toEqual([['a', 'b', 'a'], []])
})

test('only the first listener gets what waited; what was written waits no more', () => {
  const reporter = createEarlyReporter('@clew/x')
  const heard: string[] = []
  reporter.report(report('a'))
  reporter.subscribe(({ type }) => heard.push(`1 ${type}`))
  reporter.subscribe(({ type }) => heard.push(`2 ${type}`))
  expect(heard).toEqual(['1 a'])
  const written = createEarlyReporter('@clew/y')
  written.report(report('a'))
  jest.advanceTimersByTime(1000)
  written.subscribe(({ type }) => heard.push(`3 ${type}`))
  expect(heard).toEqual(['1 a'])
  expect(stderr).toEqual(['@clew/y error: a\n'])
})

test('each type is written once, and at most 16 reports wait', () => {
  const reporter = createEarlyReporter('@clew/x')
  for (let at = 0; at < 20; at++) reporter.report(report(`t${at}`))
  jest.advanceTimersByTime(1000)
  expect(stderr).toHaveLength(16)
  reporter.report(report('t3', 'again'))
  reporter.report(report('t16', 'now'))
  jest.advanceTimersByTime(1000)
  expect(stderr.slice(16)).toEqual(['@clew/x error: now\n'])
})

test('without any listener left, reports wait again', () => {
  const reporter = createEarlyReporter('@clew/x')
  reporter.subscribe(() => {})()
  reporter.report(report('a'))
  const heard: string[] = []
  reporter.subscribe(({ type }) => heard.push(type))
  expect(heard).toEqual(['a'])
})

test('close writes at once what waits, and leaves no timer', () => {
  const reporter = createEarlyReporter('@clew/x')
  reporter.report(report('a'))
  expect(jest.getTimerCount()).toBe(1)
  reporter.close()
  expect([stderr, jest.getTimerCount()]).toEqual([['@clew/x error: a\n'], 0])
  reporter.close()
  expect(stderr).toHaveLength(1)
})

test('the first listener may throw', () => {
  const reporter = createEarlyReporter('@clew/x')
  reporter.report(report('a'))
  reporter.report(report('b'))
  const heard: string[] = []
  const leave = reporter.subscribe(({ type }) => {
    heard.push(type)
    throw new Error('listener')
  })
  leave()
  expect([heard, reporter.isHeard()]).toEqual([['a', 'b'], false])
})
