import { expect, test } from '@jest/globals'
import { type Report, reasonOf, reports } from '../src/reports.ts'

const report = (type: string): Report => ({ type, level: 'warn', message: 'm', fields: {} })

test('what was said before the first listener came is told to it', () => {
  const own = reports()
  own.emit(report('early'))
  const heard: string[] = []
  own.subscribe(({ type }) => heard.push(type))
  own.emit(report('late'))
  expect(heard).toEqual(['early', 'late'])
})

test('a listener that throws harms nobody; one that left hears nothing', () => {
  const own = reports()
  const heard: string[] = []
  own.subscribe(() => {
    throw new Error('listener')
  })
  const leave = own.subscribe(({ type }) => heard.push(type))
  own.emit(report('a'))
  leave()
  own.emit(report('b'))
  expect(heard).toEqual(['a'])
})

test('once: once for each key, and no more than a hundred keys', () => {
  const own = reports()
  const heard: string[] = []
  own.subscribe(({ type }) => heard.push(type))
  for (let i = 0; i < 300; i++) own.once(`key ${i >> 1}`, report(`t${i >> 1}`))
  expect(heard).toHaveLength(100)
  expect(new Set(heard).size).toBe(100)
})

test('a reason is one line, bounded', () => {
  expect(reasonOf(new Error('a\n b'))).toBe('a b')
  expect(reasonOf('x'.repeat(1000))).toHaveLength(300)
  expect(reasonOf(undefined)).toBe('undefined')
})
