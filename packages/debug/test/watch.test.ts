import { topicOf } from '@clew/internal/observers/topic'
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { createWatch, type Watch } from '../src/watch/watch.ts'

const topics = ['request.started', 'request.ended', 'log.line', 'trace.span']
const heard = () => topics.filter((name) => topicOf(name).tell !== undefined)
let watch: Watch

beforeEach(() => {
  jest.useFakeTimers()
  watch = createWatch()
})
afterEach(() => {
  watch.stop()
  jest.useRealTimers()
})

test('nobody looking: no timer, and nobody is asked to tell', () => {
  expect([jest.getTimerCount(), heard()]).toEqual([0, []])
  expect(watch.points.since().items).toEqual([])
})

test('a look lasts half a minute, then everything stops and is forgotten', () => {
  watch.look()
  expect([jest.getTimerCount(), heard()]).toEqual([1, topics])
  topicOf<object>('log.line').tell?.({ req: undefined, json: '{}' })
  jest.advanceTimersByTime(20_000)
  watch.look()
  jest.advanceTimersByTime(29_000)
  expect([watch.points.pushed, watch.lines.since().items.length]).toEqual([50, 1])
  jest.advanceTimersByTime(3_000)
  expect([jest.getTimerCount(), heard()]).toEqual([0, []])
  expect([watch.points.since().items, watch.lines.since().items]).toEqual([[], []])
})

test('who follows is told each second, and keeps it going', () => {
  const onTick = jest.fn()
  const leave = watch.follow(onTick)
  jest.advanceTimersByTime(400_000)
  expect(onTick).toHaveBeenCalledTimes(400)
  expect([watch.points.since().items.length, watch.points.dropped]).toEqual([300, 101])
  leave()
  jest.advanceTimersByTime(32_000)
  expect([onTick.mock.calls.length, jest.getTimerCount(), heard()]).toEqual([400, 0, []])
})

test('at most a thousand lines, the rest is counted', () => {
  watch.look()
  for (let second = 0; second < 12; second++) {
    for (let i = 0; i < 150; i++) {
      topicOf<object>('log.line').tell?.({ level: 'info', req: undefined, json: '{}' })
    }
    jest.advanceTimersByTime(1000)
  }
  expect([watch.lines.since().items.length, watch.lines.dropped]).toEqual([1000, 800])
  expect(watch.lines.since(200)).toMatchObject({ missed: 600 })
})

test('nothing starts again after the end', () => {
  watch.stop()
  watch.look()
  expect([jest.getTimerCount(), heard()]).toEqual([0, []])
})
