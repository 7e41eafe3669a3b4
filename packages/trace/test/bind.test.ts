import { EventEmitter } from 'node:events'
import * as trace from '@clew/trace'
import { afterEach, describe, expect, test } from '@jest/globals'
import { memory } from './memory.ts'

let tracing: trace.Tracing | undefined
afterEach(async () => {
  await tracing?.shutdown()
  tracing = undefined
})

const start = async (sampler: trace.Sampling = 'always') => {
  const spans = memory()
  tracing = await trace.configure({ service: { name: 't' }, exporter: spans, sampler })
  return spans
}

describe('active', () => {
  test('is the span that is open, and undefined outside', async () => {
    const spans = await start()
    expect(trace.active()).toBeUndefined()
    trace.span('work', (span) => {
      expect(trace.active()?.spanContext()).toEqual(span.spanContext())
      trace.active()?.setAttribute('order.id', 7)
    })
    expect(trace.active()).toBeUndefined()
    await tracing?.flush()
    expect(spans.named('work').attributes).toEqual({ 'order.id': 7 })
  })

  test('of a trace that is not sampled has the ids, and records nothing', async () => {
    await start('never')
    trace.span('work', () => {
      expect(trace.active()?.isRecording()).toBe(false)
      expect(trace.active()?.spanContext().traceId).toMatch(/^[0-9a-f]{32}$/)
    })
  })

  test('without configure there is none', () => {
    expect(trace.span('work', () => trace.active())).toBeUndefined()
  })
})

describe('bind', () => {
  test('runs in the context in which it was made, with this, arguments and result', async () => {
    const spans = await start()
    const self = { factor: 2 }
    const bound = trace.span('request', () =>
      trace.bind(function (this: typeof self, a: number, b: number) {
        return trace.span('later', () => this.factor * (a + b))
      }),
    )
    const emitter = new EventEmitter()
    emitter.on(
      'go',
      trace.span('listener', () => trace.bind(() => trace.span('heard', () => {}))),
    )
    trace.span('other', () => {
      expect(bound.call(self, 3, 4)).toBe(14)
      emitter.emit('go')
    })
    await tracing?.flush()
    const parent = (name: string) => spans.named(name).parentSpanContext?.spanId
    expect(parent('later')).toBe(spans.named('request').spanContext().spanId)
    expect(parent('heard')).toBe(spans.named('listener').spanContext().spanId)
  })

  test('without an active trace, what it runs has none either', async () => {
    const spans = await start()
    const bound = trace.bind(() => trace.span('alone', () => {}))
    trace.span('other', () => bound())
    await tracing?.flush()
    expect(spans.named('alone').parentSpanContext).toBeUndefined()
  })

  test('an error passes, and what is no function is refused', async () => {
    const error = new Error('no')
    expect(
      trace.bind(() => {
        throw error
      }),
    ).toThrow(error)
    expect(() => trace.bind(7 as never)).toThrow(
      expect.objectContaining({ code: 'ERR_TRACE_OPTION' }),
    )
  })
})
