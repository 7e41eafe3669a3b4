import { Duplex, PassThrough, Readable, Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import * as trace from '@clew/trace'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { trace as api, context } from '@opentelemetry/api'
import { memory } from './memory.ts'

test('without configure, fn just runs', async () => {
  expect(trace.span('a', (span) => span.isRecording())).toBe(false)
  expect(trace.inject({})).toEqual({})
  expect(trace.extract({ traceparent: 'x' }, () => 7)).toBe(7)
  expect(await trace.receive('r', {}, async () => 8)).toBe(8)
})

describe('configured', () => {
  const spans = memory()
  let tracing: trace.Tracing
  beforeAll(async () => {
    tracing = await trace.configure({ service: { name: 't' }, exporter: spans, sampler: 'always' })
  })
  beforeEach(async () => {
    await tracing.flush()
    spans.spans.length = 0
  })
  afterAll(() => tracing.shutdown())

  const done = async (name: string) => {
    await tracing.flush()
    return spans.named(name)
  }

  test('sync: result, attributes, active span, parent', async () => {
    const seen = trace.span('outer', { a: 1 }, (outer) => {
      expect(api.getActiveSpan()).toBe(outer)
      return trace.span(
        'inner',
        (inner) => inner.spanContext().traceId === outer.spanContext().traceId,
      )
    })
    expect(seen).toBe(true)
    expect(api.getActiveSpan()).toBeUndefined()
    const outer = await done('outer')
    expect(outer.attributes).toEqual({ a: 1 })
    expect((await done('inner')).parentSpanContext?.spanId).toBe(outer.spanContext().spanId)
  })

  test('async: ends when the promise settles', async () => {
    let finish = () => {}
    const running = trace.span('slow', async () => {
      await new Promise<void>((resolve) => {
        finish = resolve
      })
      return trace.span('later', () => 'value')
    })
    await tracing.flush()
    expect(spans.spans).toEqual([])
    finish()
    expect(await running).toBe('value')
    const slow = await done('slow')
    expect((await done('later')).parentSpanContext?.spanId).toBe(slow.spanContext().spanId)
  })

  test.each([
    ['an Error', new RangeError('too big'), 'RangeError', 'too big'],
    ['a string', 'text', 'string', 'text'],
    ['undefined', undefined, 'undefined', 'undefined'],
    ['an object', { name: 'Odd', message: 'yes' }, 'Odd', 'yes'],
    [
      'an object with a throwing getter',
      Object.defineProperty({}, 'name', {
        get() {
          throw new Error('no')
        },
      }),
      'Error',
      'an error that cannot be read',
    ],
  ])(
    '%s thrown: recorded, and the same thing is thrown on',
    async (_what, thrown, type, message) => {
      const caught = (fn: () => unknown) => {
        try {
          fn()
        } catch (error) {
          return error
        }
        throw new Error('nothing was thrown')
      }
      const raise = () => {
        throw thrown
      }
      expect(caught(() => trace.span('sync', raise))).toBe(thrown)
      await expect(trace.span('async', async () => raise())).rejects.toBe(thrown)
      for (const name of ['sync', 'async']) {
        const span = await done(name)
        expect(span.status).toEqual({ code: 2, message })
        expect(span.attributes['error.type']).toBe(type)
        expect(span.events[0]).toMatchObject({
          name: 'exception',
          attributes: { 'exception.type': type, 'exception.message': message },
        })
      }
    },
  )

  test('generators: the span lasts until the last step, and each step runs in it', async () => {
    const run = trace.span('gen', function* () {
      const got: string = yield api.getActiveSpan()?.spanContext().spanId
      trace.span('step', () => {})
      return got
    })
    const { value: spanId } = run.next()
    expect(api.getActiveSpan()).toBeUndefined()
    await tracing.flush()
    expect(spans.spans).toEqual([])
    expect(run.next('back')).toEqual({ done: true, value: 'back' })
    const gen = await done('gen')
    expect(gen.spanContext().spanId).toBe(spanId)
    expect((await done('step')).parentSpanContext?.spanId).toBe(spanId)
  })

  test('async generators: for await, an early break, and an error', async () => {
    async function* numbers() {
      yield 1
      yield 2
      throw new RangeError('three')
    }
    const seen: number[] = []
    for await (const value of trace.span('broken', numbers)) {
      seen.push(value)
      break
    }
    await expect(
      (async () => {
        for await (const value of trace.span('failed', numbers)) seen.push(value)
      })(),
    ).rejects.toThrow('three')
    expect(seen).toEqual([1, 1, 2])
    expect((await done('broken')).status.code).toBe(0)
    expect((await done('failed')).status).toEqual({ code: 2, message: 'three' })
    expect(spans.spans).toHaveLength(2)
  })

  test('kind, links and a new root', async () => {
    trace.span('outer', (outer) =>
      trace.span('queued', undefined, () => {}, {
        kind: 'producer',
        root: true,
        links: [{ context: outer.spanContext() }],
      }),
    )
    const [outer, queued] = [await done('outer'), await done('queued')]
    expect(queued.kind).toBe(3)
    expect(queued.parentSpanContext).toBeUndefined()
    expect(queued.links[0]?.context.spanId).toBe(outer.spanContext().spanId)
  })

  test('traced keeps this, arguments, result, name and length', async () => {
    const basket = {
      factor: 3,
      total: trace.traced(function total(this: { factor: number }, a: number, b: number) {
        return (a + b) * this.factor
      }),
    }
    expect(basket.total(1, 2)).toBe(9)
    expect(basket.total.name).toBe('total')
    expect(basket.total).toHaveLength(2)
    expect((await done('total')).kind).toBe(0)
    trace.traced(() => {}, { name: 'named', kind: 'client', attributes: { b: 2 } })()
    expect(await done('named')).toMatchObject({ kind: 2, attributes: { b: 2 } })
  })

  test('inject and extract: objects, Headers, Map; another case; no context', async () => {
    trace.span('sender', (sender) => {
      const { spanId } = sender.spanContext()
      for (const carrier of [{}, new Headers(), new Map<string, unknown>()]) {
        expect(trace.inject(carrier)).toBe(carrier)
        const got = context.with(api.deleteSpan(context.active()), () =>
          trace.extract(carrier, () => api.getActiveSpan()?.spanContext()),
        )
        expect(got).toMatchObject({ spanId, isRemote: true })
      }
      const { traceparent } = trace.inject({}) as Record<string, string>
      trace.extract({ TraceParent: Buffer.from(traceparent!) }, () => {
        expect(api.getActiveSpan()?.spanContext().spanId).toBe(spanId)
      })
      trace.extract({}, () => expect(api.getActiveSpan()).toBeUndefined())
    })
  })

  test('send and receive: one trace, or a link', async () => {
    const message = trace.send('orders send', {} as Record<string, string>, (carrier) => ({
      ...carrier,
    }))
    expect(Object.keys(message)).toEqual(['traceparent'])
    trace.receive('orders receive', message, () => trace.span('handle', () => {}))
    trace.receive('orders batch', message, () => {}, { relation: 'link', attributes: { n: 1 } })
    trace.receive('orders bare', undefined, () => {})
    const send = await done('orders send')
    expect(send.kind).toBe(3)
    const receive = await done('orders receive')
    expect(receive.kind).toBe(4)
    expect(receive.parentSpanContext?.spanId).toBe(send.spanContext().spanId)
    expect((await done('handle')).parentSpanContext?.spanId).toBe(receive.spanContext().spanId)
    const batch = await done('orders batch')
    expect(batch.parentSpanContext).toBeUndefined()
    expect(batch.links[0]?.context.spanId).toBe(send.spanContext().spanId)
    expect((await done('orders bare')).links).toEqual([])
  })

  test('receiveEach: a span for each message; the stream is closed on an error', async () => {
    let closed = false
    async function* messages() {
      try {
        for (const id of [1, 2, 3]) yield { id, headers: trace.send(`send ${id}`, {}, (c) => c) }
      } finally {
        closed = true
      }
    }
    const handled: number[] = []
    await trace.receiveEach(
      'receive',
      messages(),
      (m) => m.headers,
      async (m) => {
        handled.push(m.id)
      },
    )
    expect(handled).toEqual([1, 2, 3])
    await tracing.flush()
    const received = spans.spans.filter((span) => span.name === 'receive')
    expect(received.map((span) => span.parentSpanContext?.spanId)).toEqual(
      [1, 2, 3].map((id) => spans.named(`send ${id}`).spanContext().spanId),
    )
    closed = false
    const failing = trace.receiveEach(
      'receive',
      messages(),
      () => undefined,
      () => {
        throw new Error('cannot')
      },
    )
    await expect(failing).rejects.toThrow('cannot')
    expect(closed).toBe(true)
  })

  test('receiveEach: a stream in both directions stays open for answers, and is closed on an error', async () => {
    const answers: unknown[] = []
    const both = Duplex.from({
      readable: Readable.from(['message']),
      writable: new Writable({
        objectMode: true,
        write(answer, _encoding, done) {
          answers.push(answer)
          done()
        },
      }),
    })
    await trace.receiveEach(
      'receive',
      both,
      () => undefined,
      () => {},
    )
    expect(both.destroyed).toBe(false)
    both.end('answer')
    await finished(both)
    expect(answers).toEqual(['answer'])
    const failing = new PassThrough({ objectMode: true })
    failing.write('message')
    const failed = trace.receiveEach(
      'receive',
      failing,
      () => undefined,
      () => {
        throw new Error('cannot')
      },
    )
    await expect(failed).rejects.toThrow('cannot')
    expect(failing.destroyed).toBe(true)
  })
})
