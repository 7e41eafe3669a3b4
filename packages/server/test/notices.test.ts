import { afterEach, expect, jest, test } from '@jest/globals'
import { notices } from '../src/notices.ts'

afterEach(() => {
  jest.useRealTimers()
})

test('the first of a kind, then one in ten seconds with the number in between', () => {
  jest.useFakeTimers()
  const lines: unknown[] = []
  const notice = notices((...line) => void lines.push(line))
  for (let i = 0; i < 5; i++) notice('timeout', 'info', 'refused', { i })
  notice('malformed', 'info', 'refused', {})
  jest.advanceTimersByTime(10_001)
  notice('timeout', 'info', 'refused', { i: 5 })
  jest.advanceTimersByTime(10_001)
  notice('timeout', 'info', 'refused', { i: 6 })
  expect(lines).toEqual([
    ['info', 'refused', { i: 0 }],
    ['info', 'refused', {}],
    ['info', 'refused', { i: 5, suppressed: 4 }],
    ['info', 'refused', { i: 6 }],
  ])
})
