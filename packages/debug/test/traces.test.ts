import { expect, test } from '@jest/globals'
import type { SdkSpan } from '../src/watch/spans.ts'
import { Traces } from '../src/watch/traces.ts'

const span = (traceId: string, name: string, startedAt = 0): SdkSpan => ({
  name,
  kind: 0,
  spanContext: () => ({ traceId, spanId: name }),
  startTime: [startedAt, 0],
  duration: [0, 1_500_000],
  status: { code: 0 },
  attributes: { 'db.password': 'hunter2' },
})
const names = (traces: Traces, traceId: string) => traces.of(traceId).map(({ name }) => name)

test('what is kept of a trace has those that end later, too, in the order of their begin', () => {
  const traces = new Traces(2, 10)
  traces.add(span('a', 'query', 2))
  traces.add(span('a', 'request', 1))
  // As long as its request goes on.
  expect(names(traces, 'a')).toEqual(['request', 'query'])
  traces.keep('a')
  traces.add(span('b', 'other'))
  traces.add(span('a', 'late', 3))
  expect(names(traces, 'a')).toEqual(['request', 'query', 'late'])
  expect(traces.of('a')[0]).toMatchObject({
    durationMs: 1.5,
    attributes: { 'db.password': '[redacted]' },
  })
})

test('what is forgotten leaves nothing, one span or more', () => {
  const traces = new Traces(2, 10)
  traces.add(span('a', 'request'))
  traces.forget('a')
  expect([names(traces, 'a'), traces.hasUndecided]).toEqual([[], false])
  for (const name of ['query', 'request']) traces.add(span('b', name))
  traces.forget('b')
  expect([names(traces, 'b'), traces.hasUndecided]).toEqual([[], false])
})

test('of too many traces or spans the oldest are forgotten, and those of requests stay', () => {
  const traces = new Traces(2, 4)
  for (const traceId of ['a', 'b', 'c']) {
    traces.add(span(traceId, 'request'))
    traces.keep(traceId)
  }
  expect(['a', 'b', 'c'].map((id) => traces.of(id).length)).toEqual([0, 1, 1])
  for (let i = 0; i < 10; i++) traces.add(span(`job${i}`, 'job'))
  const jobs = Array.from({ length: 10 }, (_, i) => traces.of(`job${i}`).length)
  expect(jobs).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 1, 1])
  expect(names(traces, 'c')).toEqual(['request'])
  for (let i = 0; i < 4; i++) traces.add(span('c', `late${i}`))
  expect([traces.of('b').length, traces.of('c').length]).toEqual([0, 0])
  traces.clear()
  expect(traces.hasUndecided).toBe(false)
})
