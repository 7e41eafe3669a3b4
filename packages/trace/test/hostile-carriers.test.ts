import * as trace from '@clew/trace'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { memory } from './memory.ts'

// What a message brings may be anything that its sender could think of.

const spans = memory()
const reports: trace.Report[] = []
let tracing: trace.Tracing

beforeEach(async () => {
  spans.spans.length = 0
  reports.length = 0
  tracing = await trace.configure({
    service: { name: 't' },
    exporter: spans,
    sampler: 'always',
    queue: { maxQueueSize: 100_000 },
  })
  tracing.subscribe((report) => reports.push(report))
})
afterEach(() => tracing.shutdown())

/** Values as JSON brings them, made of each other. */
function jsonValues(depth: number): unknown[] {
  const plain = [null, true, false, 0, -1.5, '', 'x', '00-0-0-00', '\u0000', '__proto__']
  if (depth === 0) return plain
  const inner = jsonValues(depth - 1)
  const keys = [
    'traceparent',
    'TraceParent',
    'tracestate',
    'baggage',
    'get',
    'set',
    'keys',
    'toString',
  ]
  return [
    ...plain,
    [],
    {},
    inner,
    ...inner.flatMap((value) => [[value], [value, value]]),
    ...keys.flatMap((key) => inner.map((value) => ({ [key]: value }))),
  ]
}

const deep = (levels: number) => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`)
const throwing = () => {
  throw new Error('hostile')
}
const hostile: unknown[] = [
  ...jsonValues(2),
  undefined,
  deep(50_000),
  { traceparent: deep(50_000), baggage: deep(50_000) },
  { traceparent: [{ toString: 1, valueOf: 1 }] },
  JSON.parse('{"__proto__": {"traceparent": 1}, "constructor": null}'),
  Object.create(null),
  'x'.repeat(1_000_000),
  Symbol('x'),
  10n,
  throwing,
  {
    get traceparent() {
      return throwing()
    },
  },
  { get: throwing, set: throwing },
  { get: () => Symbol('x'), set: throwing },
  new Proxy(
    {},
    { get: throwing, has: throwing, ownKeys: throwing, getOwnPropertyDescriptor: throwing },
  ),
  new Map<unknown, unknown>([
    [Symbol('x'), 1],
    ['traceparent', null],
  ]),
  new Date(Number.NaN),
]

test('receive and extract take any value, and start a new trace', async () => {
  const given = hostile as trace.Carrier[]
  for (const carrier of given) {
    expect(trace.receive('in', carrier, () => 1)).toBe(1)
    expect(trace.receive('in', carrier, () => 2, { relation: 'link' })).toBe(2)
    expect(trace.extract(carrier, () => trace.span('in', () => 3))).toBe(3)
  }
  const messages = given.map((carrier) => ({ carrier }))
  await trace.receiveEach(
    'in',
    messages,
    ({ carrier }) => carrier,
    () => {},
  )
  await tracing.flush()
  expect(spans.spans.filter(({ parentSpanContext }) => parentSpanContext !== undefined)).toEqual([])
  expect(spans.spans.filter(({ links }) => links.length > 0)).toEqual([])
  // Only what a getter throws is said, once; JSON has none.
  expect(reports.map(({ type }) => type)).toEqual([
    'trace.callback_failed',
    'trace.callback_failed',
  ])
})

test('what throws while a carrier is looked for is said, and the message is handled', async () => {
  const handled: unknown[] = []
  const messages = [null, { headers: null }, {}] as unknown as { headers: trace.Carrier }[]
  await trace.receiveEach(
    'in',
    messages,
    ({ headers }) => headers,
    (message) => handled.push(message),
  )
  expect(handled).toEqual(messages)
  expect(reports.map(({ type, message }) => [type, message])).toEqual([
    ['trace.callback_failed', expect.stringMatching(/^carrierOf of trace.receiveEach threw: /)],
  ])
})

describe('inject', () => {
  const stranger = {
    TRACEPARENT: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
    tracestate: 'stranger=1',
    baggage: 'user=stranger',
    kept: 'yes',
  }
  test.each<[string, () => trace.Carrier, (carrier: never) => object]>([
    ['an object', () => ({ ...stranger }), (carrier: object) => carrier],
    ['headers', () => new Headers(stranger), (carrier: Headers) => Object.fromEntries(carrier)],
    [
      'a map',
      () =>
        new Map(
          Object.entries({ ...stranger, traceparent: stranger.TRACEPARENT, TRACEPARENT: 'x' }),
        ),
      (carrier: Map<string, unknown>) => {
        carrier.delete('TRACEPARENT')
        return Object.fromEntries(carrier)
      },
    ],
  ])('%s: replaces what it has of another context', (_name, create, read) => {
    trace.span('own', (span) => {
      const { traceId, spanId } = span.spanContext()
      const carrier = trace.inject(create())
      expect(read(carrier as never)).toEqual({
        traceparent: `00-${traceId}-${spanId}-01`,
        kept: 'yes',
      })
    })
  })

  test('without an active trace, nothing is changed', () => {
    expect(trace.inject({ ...stranger })).toEqual(stranger)
  })

  test('a frozen object stays as it is, and a copy is sent', () => {
    const frozen = Object.freeze({ kept: 'yes' })
    const received = trace.send('out', frozen, (carrier) => carrier)
    expect(received).toMatchObject({ kept: 'yes', traceparent: expect.stringMatching(/^00-/) })
    expect(frozen).toEqual({ kept: 'yes' })
  })

  test.each([null, undefined, 'x', 7])('%p is refused', (carrier) => {
    const refused = {
      code: 'ERR_TRACE_OPTION',
      message: expect.stringContaining('carrier must be an object'),
    }
    expect(() => trace.inject(carrier as never)).toThrow(expect.objectContaining(refused))
    expect(() => trace.send('x', carrier as never, () => {})).toThrow(
      expect.objectContaining(refused),
    )
    expect(() => trace.extract({}, carrier as never)).toThrow(
      expect.objectContaining({ code: 'ERR_TRACE_OPTION' }),
    )
  })
})
