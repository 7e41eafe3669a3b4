import * as trace from '@clew/trace'
import { kafkaMessage, kafkaProducer, pg, sqsAttributes, sqsHeaders } from '@clew/trace/clients'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { maskedText, summaryOf } from '../src/operations/query-text.ts'
import { memory } from './memory.ts'

const spans = memory()
let tracing: trace.Tracing
beforeAll(async () => {
  tracing = await trace.configure({ service: { name: 't' }, exporter: spans, sampler: 'always' })
})
afterAll(() => tracing.shutdown())
beforeEach(async () => {
  await tracing.flush()
  spans.spans.length = 0
})

describe('query', () => {
  test('has the attributes of the conventions, result and error of fn', async () => {
    const what = {
      system: 'mongodb',
      operation: 'findOne',
      collection: 'orders',
      namespace: 'shop',
      address: 'db',
      port: 27017,
      batchSize: 2,
      attributes: { own: 1 },
    }
    expect(await trace.query(what, async () => 7)).toBe(7)
    const error = Object.assign(new Error('no'), { code: 'E11000' })
    await expect(trace.query({ system: 'mongodb' }, () => Promise.reject(error))).rejects.toBe(
      error,
    )
    expect(() =>
      trace.query({ system: 'mongodb' }, () => {
        throw error
      }),
    ).toThrow(error)
    await tracing.flush()
    expect(spans.spans.map(({ name, kind, status }) => [name, kind, status.code])).toEqual([
      ['findOne orders', 2, 0],
      ['mongodb', 2, 2],
      ['mongodb', 2, 2],
    ])
    expect(spans.spans[0]?.attributes).toEqual({
      own: 1,
      'db.system.name': 'mongodb',
      'db.operation.name': 'findOne',
      'db.collection.name': 'orders',
      'db.namespace': 'shop',
      'server.address': 'db',
      'server.port': 27017,
      'db.operation.batch.size': 2,
    })
    expect(spans.spans[2]?.attributes['db.response.status_code']).toBe('E11000')
  })

  test.each<[unknown, unknown]>([
    [undefined, () => {}],
    [{}, () => {}],
    [{ system: 'x', txt: 'x' }, () => {}],
    [{ system: 'x', text: 7 }, () => {}],
    [{ system: 'x', port: -1 }, () => {}],
    [{ system: 'x' }, undefined],
  ])('%j is refused', (what, fn) => {
    expect(() => trace.query(what as never, fn as never)).toThrow(
      expect.objectContaining({ code: 'ERR_TRACE_OPTION' }),
    )
  })
})

test.each([
  [
    "SELECT * FROM a WHERE b = 'it''s' AND c = -1.5e3",
    'SELECT * FROM a WHERE b = ? AND c = ?',
    'SELECT a',
  ],
  [
    "select x1 from s.t2 where y=E'a\\'b' and z=$1",
    'select x1 from s.t2 where y=? and z=$1',
    'SELECT s.t2',
  ],
  ['INSERT INTO "t" VALUES (1,\'x\',0xFF)', 'INSERT INTO "t" VALUES (?,?,?)', 'INSERT t'],
  ['UPDATE t SET a=$$secret$$, b=$tag$secret$tag$', 'UPDATE t SET a=?, b=?', 'UPDATE t'],
  ["DELETE FROM t WHERE a = 'never closed", 'DELETE FROM t WHERE a = ?', 'DELETE t'],
  ['-- secret\nSELECT 1 /* secret */', 'SELECT ?', 'SELECT'],
  ['drop table if exists t', 'drop table if exists t', 'DROP t'],
  ['BEGIN', 'BEGIN', 'BEGIN'],
  ['', '', undefined],
])('the text of %j', (text, masked, summary) => {
  expect(maskedText(text)).toBe(masked)
  expect(summaryOf(maskedText(text))).toBe(summary)
})

describe('no part of a literal is in the text', () => {
  // As a program of each system writes a string with these characters.
  const doubled = (quote: string) => (value: string) =>
    `${quote}${value.replaceAll(quote, quote + quote)}${quote}`
  const backslashed = (quote: string) => (value: string) =>
    `${quote}${value.replace(/[\\'"]/g, '\\$&')}${quote}`
  const content = fc
    .array(fc.constantFrom('secret', "'", '"', '\\', ' ', '--', '/*', '$$', '?', 'x'), {
      maxLength: 8,
    })
    .map((parts) => parts.join(''))

  test.each([
    ['postgresql', doubled("'")],
    ['sqlite', doubled("'")],
    ['microsoft.sql_server', doubled("'")],
    ['postgresql', (value: string) => `E${backslashed("'")(value)}`],
    ['mysql', backslashed("'")],
    ['mysql', backslashed('"')],
    ['mariadb', doubled('"')],
    ['some.other', backslashed("'")],
    ['some.other', backslashed('"')],
    ['some.other', doubled("'")],
  ] as const)('%s', (system, literal) => {
    fc.assert(
      fc.property(content, content, (first, second) => {
        // A backslash stands for itself where quotes are doubled, unless the system is MySQL.
        const isEscape = system === 'mariadb'
        const [a, b] = [first, second].map((each) => (isEscape ? each.replaceAll('\\', '') : each))
        const text = `select a from t where b = ${literal(a ?? '')} and c = ${literal(b ?? '')} limit 5`
        const masked = maskedText(text, system)
        expect(masked).not.toContain('secret')
        const isWhole = system !== 'some.other' || !/[\\'"]/.test(first + second)
        if (isWhole) expect(masked).toBe('select a from t where b = ? and c = ? limit ?')
      }),
    )
  })

  test.each([
    ["a = 'C:\\' and b = 'secret'", 'postgresql', 'a = ? and b = ?'],
    [`"o'x" = 'secret'`, 'postgresql', `"o'x" = ?`],
    ['a = "secret"', 'mysql', 'a = ?'],
    ['a = 1 # secret', 'mysql', 'a = ?'],
    ['a = "secret"', 'some.other', 'a = ?'],
    ["a = 'x\\' or b = 'secret'", 'some.other', 'a = ?'],
  ])('%j of %s', (text, system, masked) => {
    expect(maskedText(text, system)).toBe(masked)
  })
})

test('a query with a callback that throws at once throws to the caller, too', () => {
  const failure = new TypeError('the client was passed a null or undefined query')
  const client = {
    query(_text: string, _callback: () => void): void {
      throw failure
    },
  }
  const called: unknown[] = []
  expect(() => pg(client).query('select 1', () => called.push('called'))).toThrow(failure)
  expect(called).toEqual([])
})

describe('publish and process', () => {
  test('are one trace, with the attributes of the conventions', async () => {
    const what = { system: 'rabbitmq', destination: 'orders', messageId: 'm1' }
    const headers = trace.publish({ ...what, batchSize: 3 }, (given) => given)
    expect(trace.process({ ...what, headers }, () => 7)).toBe(7)
    trace.process({ ...what, headers, relation: 'link' }, () => {})
    await tracing.flush()
    const [sent, received, linked] = spans.spans
    expect(sent).toMatchObject({ name: 'send orders', kind: 3 })
    expect(sent?.attributes).toEqual({
      'messaging.system': 'rabbitmq',
      'messaging.destination.name': 'orders',
      'messaging.operation.name': 'send',
      'messaging.operation.type': 'send',
      'messaging.message.id': 'm1',
      'messaging.batch.message_count': 3,
    })
    expect(received).toMatchObject({ name: 'process orders', kind: 4 })
    expect(received?.attributes['messaging.operation.type']).toBe('process')
    expect(received?.parentSpanContext?.spanId).toBe(sent?.spanContext().spanId)
    expect(linked?.links[0]?.context.spanId).toBe(sent?.spanContext().spanId)
  })

  test.each([
    {},
    { system: 'x' },
    { system: 'x', destination: '' },
    { system: 'x', destination: 'y', queue: 1 },
  ])('%j is refused', (what) => {
    const refused = expect.objectContaining({ code: 'ERR_TRACE_OPTION' })
    expect(() => trace.publish(what as never, () => {})).toThrow(refused)
    expect(() => trace.process(what as never, () => {})).toThrow(refused)
  })

  test.each([null, undefined, 7, [], { traceparent: null }])('headers may be %j', (headers) => {
    expect(
      trace.process({ system: 'x', destination: 'y', headers: headers as never }, () => 1),
    ).toBe(1)
  })
})

test('a producer and a consumer of the shape of kafkajs', async () => {
  const sent: { topic: string; messages: { value: string; headers: Record<string, string> }[] }[] =
    []
  const own = {
    async send(record: (typeof sent)[number]) {
      sent.push(record)
      return record.messages.length
    },
    async sendBatch({ topicMessages }: { topicMessages: typeof sent }) {
      sent.push(...topicMessages)
    },
  }
  const producer = kafkaProducer(own)
  const messages = [
    { value: 'a', headers: { kept: 'yes' } },
    { value: 'b', headers: {} },
  ]
  const before = structuredClone(messages)
  expect(await producer.send({ topic: 'orders', messages })).toBe(2)
  await producer.sendBatch({
    topicMessages: [
      { topic: 'one', messages },
      { topic: 'two', messages },
    ],
  })
  expect(messages).toEqual(before)
  expect(sent.map(({ topic }) => topic)).toEqual(['orders', 'one', 'two'])
  expect(sent[0]?.messages[0]?.headers['kept']).toBe('yes')
  const handle = kafkaMessage(
    async ({ message }: { topic: string; message: { value: string; headers: object } }) =>
      message.value,
  )
  // Kafka gives headers as buffers.
  const headers = { traceparent: Buffer.from(sent[0]?.messages[0]?.headers['traceparent'] ?? '') }
  expect(await handle({ topic: 'orders', message: { value: 'a', headers } })).toBe('a')
  await tracing.flush()
  const parent = spans.named('send orders')
  expect(parent.attributes['messaging.batch.message_count']).toBe(2)
  expect(spans.named('process orders').parentSpanContext?.spanId).toBe(parent.spanContext().spanId)
  expect(sent.map(({ messages: [first] }) => first?.headers['traceparent']?.slice(36, 52))).toEqual(
    ['send orders', 'send one', 'send two'].map((name) => spans.named(name).spanContext().spanId),
  )
})

test.each([null, 'x', 7])('the headers of an SQS message are no %p', (headers) => {
  expect(() => sqsAttributes(headers as never)).toThrow(
    expect.objectContaining({ code: 'ERR_TRACE_OPTION' }),
  )
})

test('the attributes of an SQS message carry the context', async () => {
  const what = { system: 'aws_sqs', destination: 'orders' }
  const MessageAttributes = trace.publish(what, (headers) => sqsAttributes(headers))
  expect(MessageAttributes['traceparent']).toMatchObject({ DataType: 'String' })
  trace.process({ ...what, headers: sqsHeaders({ MessageAttributes }) }, () => {})
  expect(sqsHeaders({})).toEqual({})
  expect(sqsHeaders({ MessageAttributes: { traceparent: null, x: { StringValue: 7 } } })).toEqual(
    {},
  )
  await tracing.flush()
  expect(spans.named('process orders').parentSpanContext?.spanId).toBe(
    spans.named('send orders').spanContext().spanId,
  )
})
