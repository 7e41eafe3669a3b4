import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { createStderrLogger, safeLog } from '../src/server/console.ts'

let written = ''
beforeEach(() => {
  written = ''
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
    written += text
    return true
  })
})
afterEach(() => {
  jest.restoreAllMocks()
})

test('writes plain text: name, level, message, pairs; quoted where a value has spaces', () => {
  createStderrLogger('shop').log('info', 'listening', {
    url: 'http://127.0.0.1:1',
    reason: 'two words',
    list: ['a b'],
    none: [],
    missing: undefined,
    count: 0,
  })
  expect(written).toBe(
    'shop: info: listening url=http://127.0.0.1:1 reason="two words" list=["a b"] count=0\n',
  )
})

test('an error has its stack on the lines below', () => {
  createStderrLogger('shop').log('fatal', 'uncaught exception', { err: new Error('boom') })
  expect(written).toMatch(/^shop: fatal: uncaught exception\nError: boom\n {4}at /)
})

test('a logger that throws loses no line', () => {
  safeLog({
    log() {
      throw new Error('broken')
    },
  })('warn', 'message')
  expect(written).toBe('warn: message\n')
})
