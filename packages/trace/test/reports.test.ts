import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { type Report, reasonOf, reports } from '../src/reports.ts'

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

test('what was said before anyone listened is heard by the first who does', () => {
  const said = reports()
  const heard: string[] = []
  said.emit(report('a'))
  said.subscribe((one) => heard.push(one.type))
  said.emit(report('b'))
  jest.advanceTimersByTime(5000)
  expect(heard).toEqual(['a', 'b'])
  expect(stderr).toEqual([])
})

test('nobody listens: each type once on stderr', () => {
  const said = reports()
  for (let at = 0; at < 100; at++) said.emit(report('a', `first ${at}`))
  said.emit(report('b'))
  jest.advanceTimersByTime(5000)
  said.emit(report('a'))
  said.close()
  expect(stderr).toEqual(['@clew/trace warn: first 0\n'])
})

test('repetitions: the first, then a summary each 30 s, then silence', () => {
  const said = reports()
  const heard: string[] = []
  said.subscribe((one) => heard.push(one.message))
  for (let at = 0; at < 5; at++) said.repeat(report('a', `down ${at}`))
  jest.advanceTimersByTime(30_000)
  jest.advanceTimersByTime(120_000)
  said.repeat(report('a', 'down again'))
  expect(heard).toEqual(['down 0', 'down 4 (4 more in 30 s)', 'down again'])
})

test('a listener that throws, and one that has left, harm nobody', () => {
  const said = reports()
  const heard: string[] = []
  said.subscribe(() => {
    throw new Error('mine')
  })
  const leave = said.subscribe((one) => heard.push(one.type))
  said.emit(report('a'))
  leave()
  said.emit(report('b'))
  expect(heard).toEqual(['a'])
})

test('a reason is one bounded line', () => {
  expect(reasonOf(new Error(`a\n  b${'x'.repeat(1000)}`))).toMatch(/^a bx{297}$/)
  expect(reasonOf(undefined)).toBe('undefined')
})
