import * as trace from '@clew/trace'
import { clientInterceptor, serverInterceptor } from '@clew/trace/grpc'
import * as grpc from '@grpc/grpc-js'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { memory } from '../memory.ts'

const text = {
  serialize: (value: string) => Buffer.from(value),
  deserialize: (bytes: Buffer) => String(bytes),
}
const method = (path: string, responseStream = false, requestStream = false) => ({
  path,
  requestStream,
  responseStream,
  requestSerialize: text.serialize,
  requestDeserialize: text.deserialize,
  responseSerialize: text.serialize,
  responseDeserialize: text.deserialize,
})
const definition = {
  charge: method('/pay.v1.Payments/Charge'),
  watch: method('/pay.v1.Payments/Watch', true),
  talk: method('/pay.v1.Payments/Talk', true, true),
}
const health = { check: method('/grpc.health.v1.Health/Check') }

interface Message {
  readonly headers: Record<string, string>
  readonly body: string
}
const messageOf = (text: string): Message => JSON.parse(text)
const carrierOf = (text: string) => messageOf(text).headers

const spans = memory()
let tracing: trace.Tracing
let server: grpc.Server
let client: grpc.Client

beforeEach(async () => {
  spans.spans.length = 0
  tracing = await trace.configure({ service: { name: 't' }, exporter: spans, sampler: 'always' })
})
afterEach(async () => {
  client.close()
  server.forceShutdown()
  await tracing.shutdown()
})

async function start(options: Parameters<typeof serverInterceptor>[0] = {}) {
  server = new grpc.Server({ interceptors: [serverInterceptor(options)] })
  server.addService(definition, {
    charge(call: grpc.ServerUnaryCall<string, string>, reply: grpc.sendUnaryData<string>) {
      trace.span('handler', () => {})
      if (call.request === 'missing')
        reply({ code: grpc.status.NOT_FOUND, details: 'no such card' })
      else if (call.request === 'broken') reply({ code: grpc.status.INTERNAL, details: 'oops' })
      else if (call.request !== 'never') reply(null, `charged ${call.request}`)
    },
    watch(call: grpc.ServerWritableStream<string, string>) {
      trace.span('stream handler', () => {})
      for (const item of ['a', 'b', 'c']) call.write(item)
      call.end()
    },
    async talk(call: grpc.ServerDuplexStream<string, string>) {
      await trace.receiveEach('order received', call, carrierOf, (text) => {
        const { body } = messageOf(text)
        trace.send('receipt sent', {}, (headers) => call.write(JSON.stringify({ headers, body })))
      })
      call.end()
    },
  })
  server.addService(health, {
    check: (_call: unknown, reply: grpc.sendUnaryData<string>) =>
      trace.span('ping', () => reply(null, 'SERVING')),
  })
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    )
  })
  client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), {
    interceptors: [clientInterceptor()],
  })
}

const call = (request: string, { path } = definition.charge, options: grpc.CallOptions = {}) =>
  new Promise<string>((resolve, reject) => {
    client.makeUnaryRequest(
      path,
      text.serialize,
      text.deserialize,
      request,
      new grpc.Metadata(),
      options,
      (error, answer) => (error ? reject(error) : resolve(answer ?? '')),
    )
  })

const kinds = (kind: number) => spans.spans.filter((span) => span.kind === kind)

test('a unary call: client span, server span, handler, one trace; parallel calls do not mix', async () => {
  await start()
  await Promise.all(
    ['1', '2', '3'].map((n) =>
      trace.span(`order ${n}`, async () => expect(await call(n)).toBe(`charged ${n}`)),
    ),
  )
  await tracing.flush()
  for (const n of ['1', '2', '3']) {
    const order = spans.named(`order ${n}`)
    const own = spans.spans.filter(
      (span) => span.spanContext().traceId === order.spanContext().traceId,
    )
    const [sent] = own.filter((span) => span.kind === 2)
    const [received] = own.filter((span) => span.kind === 1)
    const [handler] = own.filter((span) => span.name === 'handler')
    expect(own).toHaveLength(4)
    expect(sent?.parentSpanContext?.spanId).toBe(order.spanContext().spanId)
    expect(received?.parentSpanContext?.spanId).toBe(sent?.spanContext().spanId)
    expect(handler?.parentSpanContext?.spanId).toBe(received?.spanContext().spanId)
    for (const span of [sent, received]) {
      expect(span).toMatchObject({
        name: 'pay.v1.Payments/Charge',
        status: { code: 0 },
        attributes: {
          'rpc.system.name': 'grpc',
          'rpc.method': 'pay.v1.Payments/Charge',
          'rpc.status_code': 'OK',
        },
      })
    }
  }
})

test('metadata that is used again carries the context of each call, and is not changed', async () => {
  await start()
  const metadata = new grpc.Metadata()
  metadata.set('x-tenant', 'acme')
  metadata.set('traceparent', `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`)
  metadata.set('baggage', 'user=stranger')
  const before = metadata.getMap()
  const { path } = definition.charge
  for (const n of ['1', '2', '3']) {
    await trace.span(
      `order ${n}`,
      () =>
        new Promise((resolve, reject) => {
          client.makeUnaryRequest(
            path,
            text.serialize,
            text.deserialize,
            n,
            metadata,
            (error, answer) => (error ? reject(error) : resolve(answer)),
          )
        }),
    )
  }
  await tracing.flush()
  expect(metadata.getMap()).toEqual(before)
  for (const n of ['1', '2', '3']) {
    const { traceId } = spans.named(`order ${n}`).spanContext()
    const own = spans.spans.filter((span) => span.spanContext().traceId === traceId)
    expect(own.map(({ kind }) => kind).sort()).toEqual([0, 0, 1, 2])
  }
})

test('what the client did wrong is not the server’s error; what the server did is both’s', async () => {
  await start()
  await expect(call('missing')).rejects.toMatchObject({ code: grpc.status.NOT_FOUND })
  await expect(call('broken')).rejects.toMatchObject({ code: grpc.status.INTERNAL })
  await tracing.flush()
  const seen = (kind: number) =>
    kinds(kind).map((span) => [
      span.attributes['rpc.status_code'],
      span.status.code,
      span.status.message,
    ])
  expect(seen(2)).toEqual([
    ['NOT_FOUND', 2, 'no such card'],
    ['INTERNAL', 2, 'oops'],
  ])
  expect(seen(1)).toEqual([
    ['NOT_FOUND', 0, undefined],
    ['INTERNAL', 2, 'oops'],
  ])
})

test('a stream', async () => {
  await start()
  const { path } = definition.watch
  const got: string[] = []
  for await (const item of client.makeServerStreamRequest(
    path,
    text.serialize,
    text.deserialize,
    'x',
  ))
    got.push(item)
  expect(got).toEqual(['a', 'b', 'c'])
  await tracing.flush()
  const [received] = kinds(1)
  expect(received?.attributes['rpc.status_code']).toBe('OK')
  expect(spans.named('stream handler').parentSpanContext?.spanId).toBe(
    received?.spanContext().spanId,
  )
})

test('a stream in both directions: each message has a span, which continues the trace of who sent it', async () => {
  await start()
  const talk = client.makeBidiStreamRequest(
    definition.talk.path,
    text.serialize,
    text.deserialize,
    new grpc.Metadata(),
  )
  for (const body of ['a', 'b']) {
    trace.span(`order ${body}`, () =>
      trace.send('order sent', {}, (headers) => talk.write(JSON.stringify({ headers, body }))),
    )
  }
  talk.end()
  const got: string[] = []
  await trace.receiveEach('receipt received', talk, carrierOf, (text) =>
    got.push(messageOf(text).body),
  )
  expect(got).toEqual(['a', 'b'])
  await tracing.flush()
  const names = ['order a', 'order b'].map((root) => {
    const { traceId, spanId } = spans.named(root).spanContext()
    const chain = [root]
    for (let id: string | undefined = spanId; id !== undefined; ) {
      const next = spans.spans.find(
        (span) => span.parentSpanContext?.spanId === id && span.spanContext().traceId === traceId,
      )
      if (next) chain.push(next.name)
      id = next?.spanContext().spanId
    }
    return chain
  })
  const rest = ['order sent', 'order received', 'receipt sent', 'receipt received']
  expect(names).toEqual([
    ['order a', ...rest],
    ['order b', ...rest],
  ])
})

test('a call that its client gives up ends on both sides', async () => {
  await start()
  await expect(
    call('never', definition.charge, { deadline: Date.now() + 200 }),
  ).rejects.toMatchObject({
    code: grpc.status.DEADLINE_EXCEEDED,
  })
  while (kinds(1).length === 0) {
    await new Promise((resolve) => setImmediate(resolve))
    await tracing.flush()
  }
  expect(kinds(2)[0]?.attributes['error.type']).toBe('DEADLINE_EXCEEDED')
  expect(['CANCELLED', 'DEADLINE_EXCEEDED']).toContain(kinds(1)[0]?.attributes['rpc.status_code'])
})

test('health checks are not traced; a public endpoint links', async () => {
  await start({ publicEndpoint: true })
  expect(await call('x', health.check)).toBe('SERVING')
  await tracing.flush()
  expect(kinds(1)).toEqual([])
  expect(spans.spans.some((span) => span.name === 'ping')).toBe(false)
  spans.spans.length = 0
  await call('1')
  await tracing.flush()
  const [[sent], [received]] = [kinds(2), kinds(1)]
  expect(received?.parentSpanContext).toBeUndefined()
  expect(received?.links[0]?.context.spanId).toBe(sent?.spanContext().spanId)
})

test('bad options are named', () => {
  for (const options of [{ publicEndpoint: 1 }, { ignore: 'x' }]) {
    expect(() => serverInterceptor(options as never)).toThrow(
      expect.objectContaining({ code: 'ERR_TRACE_OPTION' }),
    )
  }
})
