import * as log from '@clew/log'
import { clientInterceptor, serverInterceptor } from '@clew/log/grpc'
import * as grpc from '@grpc/grpc-js'
import { afterEach, describe, expect, test } from '@jest/globals'
import { context, trace } from '@opentelemetry/api'
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
import { memory } from '../memory.ts'

const text = {
  serialize: (value: string) => Buffer.from(value),
  deserialize: (bytes: Buffer) => String(bytes),
}
const method = (path: string, requestStream: boolean, responseStream: boolean) => ({
  path,
  requestStream,
  responseStream,
  requestSerialize: text.serialize,
  requestDeserialize: text.deserialize,
  responseSerialize: text.serialize,
  responseDeserialize: text.deserialize,
})
const definition = {
  charge: method('/pay.v1.Payments/Charge', false, false),
  upload: method('/pay.v1.Payments/Upload', true, false),
  watch: method('/pay.v1.Payments/Watch', false, true),
  talk: method('/pay.v1.Payments/Talk', true, true),
}
const health = { check: method('/grpc.health.v1.Health/Check', false, false) }
type Kind = keyof typeof definition

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const failing = (request: string) =>
  request.startsWith('broken')
    ? { code: grpc.status.INTERNAL, details: 'oops' }
    : request.startsWith('missing')
      ? { code: grpc.status.NOT_FOUND, details: 'no such card' }
      : undefined

/** Every handler logs at each step, so that a line outside of the call's scope is detected. */
function handlers(logger: log.Logger): grpc.UntypedServiceImplementation {
  return {
    charge(call: grpc.ServerUnaryCall<string, string>, reply: grpc.sendUnaryData<string>) {
      logger.info('charging', { card: call.request })
      if (call.request === 'never') return logger.print('arrived')
      setImmediate(() => {
        logger.info('charged', { card: call.request })
        const error = failing(call.request)
        if (error === undefined) reply(null, `charged ${call.request}`)
        else reply(error)
      })
    },
    upload(call: grpc.ServerReadableStream<string, string>, reply: grpc.sendUnaryData<string>) {
      let last = ''
      call.on('data', (part: string) => {
        last = part
        logger.info('part', { part })
      })
      call.on('end', () => {
        logger.info('all parts', { last })
        const error = failing(last)
        if (error === undefined) reply(null, `stored ${last}`)
        else reply(error)
      })
    },
    watch(call: grpc.ServerWritableStream<string, string>) {
      const send = ([item, ...rest]: readonly string[]) => {
        if (item === undefined) {
          const error = failing(call.request)
          if (error === undefined) call.end()
          else call.emit('error', error)
          return
        }
        logger.info('sending', { item, of: call.request })
        call.write(`${call.request} ${item}`, () => {
          log.info('sent', { item, of: call.request })
          send(rest)
        })
      }
      send(['a', 'b'])
    },
    talk(call: grpc.ServerDuplexStream<string, string>) {
      let last = ''
      call.on('data', (said: string) => {
        last = said
        logger.info('heard', { said })
        call.write(`echo ${said}`)
      })
      call.on('end', () => {
        logger.info('silence', { last })
        const error = failing(last)
        if (error === undefined) call.end()
        else call.emit('error', error)
      })
    },
  }
}

interface Setup {
  readonly server?: Parameters<typeof serverInterceptor>[0]
  readonly outer?: grpc.ServerInterceptor[]
  readonly inner?: grpc.ServerInterceptor[]
  readonly client?: grpc.Interceptor[]
  readonly logger?: log.Logger
}

async function start(logger: log.Logger, setup: Setup = {}) {
  const { outer = [], inner = [], client: interceptors = [] } = setup
  const server = new grpc.Server({
    interceptors: [...outer, serverInterceptor({ logger, ...setup.server }), ...inner],
  })
  server.addService(definition, handlers(setup.logger ?? logger))
  server.addService(health, {
    check: (_call: unknown, reply: grpc.sendUnaryData<string>) => reply(null, 'SERVING'),
  })
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    )
  })
  closing.push(() => server.forceShutdown())
  const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), {
    interceptors,
  })
  closing.push(() => client.close())
  return { server, client }
}

interface Answer {
  readonly messages: readonly string[]
  readonly code: number
  /** Of the metadata; of the status where the answer is nothing else. */
  readonly id: string | undefined
}

/** One call of any of the four kinds, with `requests` as what it sends. */
function call(
  client: grpc.Client,
  kind: Kind,
  requests: readonly string[],
  headers: Readonly<Record<string, string>> = {},
  path: string = definition[kind].path,
): { readonly answer: Promise<Answer>; cancel(): void } {
  const metadata = new grpc.Metadata()
  for (const [key, value] of Object.entries(headers)) metadata.set(key, value)
  const { serialize, deserialize } = text
  const messages: string[] = []
  let settle: (answer: Answer) => void
  let id: string | undefined
  const idOf = (metadata: grpc.Metadata) => metadata.get('x-request-id')[0]?.toString()
  const answer = new Promise<Answer>((resolve) => {
    settle = resolve
  })
  const done = ({ code, metadata }: { code: number; metadata: grpc.Metadata }) =>
    settle({ messages, code, id: id ?? (messages.length > 0 ? undefined : idOf(metadata)) })
  const unary = (error: grpc.ServiceError | null, value?: string) => {
    if (error === null) messages.push(String(value))
  }
  const made = {
    charge: () =>
      client.makeUnaryRequest(path, serialize, deserialize, requests[0] ?? '', metadata, unary),
    upload: () => client.makeClientStreamRequest(path, serialize, deserialize, metadata, unary),
    watch: () =>
      client.makeServerStreamRequest(path, serialize, deserialize, requests[0] ?? '', metadata),
    talk: () => client.makeBidiStreamRequest(path, serialize, deserialize, metadata),
  }[kind]()
  made.on('metadata', (received: grpc.Metadata) => {
    id = idOf(received)
  })
  made.on('status', done)
  if ('read' in made) made.on('data', (message: string) => messages.push(message))
  made.on('error', () => {})
  const up = made as Partial<grpc.ClientWritableStream<string>>
  for (const request of requests) up.write?.(request)
  up.end?.()
  return { answer, cancel: () => made.cancel() }
}

/** Resolves when a line with this message has been written. */
async function line(lines: readonly log.Line[], msg: string): Promise<log.Line> {
  for (;;) {
    const found = lines.find((one) => one.msg === msg)
    if (found !== undefined) return found
    await new Promise((resolve) => setImmediate(resolve))
  }
}

const kinds: readonly [Kind, readonly string[]][] = [
  ['charge', ['charging', 'charged']],
  ['upload', ['part', 'part', 'all parts']],
  ['watch', ['sending', 'sent', 'sending', 'sent']],
  ['talk', ['heard', 'heard', 'silence']],
]
const inputs = (kind: Kind, last: string) =>
  kind === 'charge' || kind === 'watch' ? [last] : ['1', last]

describe.each(kinds)('%s', (kind, steps) => {
  test('a good call writes nothing, and is answered with an id', async () => {
    const { logger, lines } = memory()
    const { client } = await start(logger)
    const { code, id } = await call(client, kind, inputs(kind, '7')).answer
    expect(code).toBe(grpc.status.OK)
    expect(id).toMatch(/^[\w-]{16}$/)
    expect(lines).toEqual([])
  })

  test('one that fails writes what it held, and its closing line', async () => {
    const { logger, lines } = memory()
    const { client } = await start(logger)
    const { code, id } = await call(client, kind, inputs(kind, 'broken'), {
      'x-request-id': 'caller-1',
    }).answer
    expect([code, id]).toEqual([grpc.status.INTERNAL, 'caller-1'])
    const closingLine = await line(lines, 'end')
    expect(lines.map(({ msg }) => msg)).toEqual([...steps, 'end'])
    for (const { fields } of lines) {
      expect(fields).toMatchObject({
        request_id: 'caller-1',
        'grpc.service': 'pay.v1.Payments',
        'grpc.method': definition[kind].path.split('/')[2],
      })
    }
    expect(closingLine).toMatchObject({
      level: 'error',
      fields: {
        'grpc.code': 'INTERNAL',
        'grpc.status': 'oops',
        'grpc.time_ms': expect.any(Number),
      },
    })
  })

  test('calls at the same time on one connection do not mix', async () => {
    const { logger, lines } = memory()
    const { client } = await start(logger)
    const ids = Array.from({ length: 40 }, (_, index) => String(index))
    await Promise.all(
      ids.map(
        (id) =>
          call(client, kind, inputs(kind, `${Number(id) % 2 ? 'broken' : 'fine'}-${id}`), {
            'x-request-id': id,
          }).answer,
      ),
    )
    while (lines.filter(({ msg }) => msg === 'end').length < 20) {
      await new Promise((resolve) => setImmediate(resolve))
    }
    for (const id of ids) {
      const own = lines.filter(({ fields }) => fields['request_id'] === id)
      expect(own.map(({ msg }) => msg)).toEqual(Number(id) % 2 ? [...steps, 'end'] : [])
      expect(JSON.stringify(own.at(-2)?.fields ?? '')).toContain(own.length ? `broken-${id}` : '')
    }
  })
})

test('a server that was started in a scope does not hand it on to its calls', async () => {
  const { logger, lines } = memory()
  const { client } = await logger.scope({ boot: 1 }, async () => {
    const started = await start(logger)
    await call(started.client, 'charge', ['7']).answer
    return started
  })
  await call(client, 'charge', ['broken']).answer
  await line(lines, 'end')
  expect(lines).toHaveLength(3)
  for (const { fields } of lines) expect(fields).not.toHaveProperty('boot')
})

test('what the caller did wrong is no error; always is an access log', async () => {
  const { logger, lines } = memory()
  const { client } = await start(logger, { server: { always: true, start: true } })
  await call(client, 'charge', ['missing'], { 'x-request-id': 'bad id!' }).answer
  const end = await line(lines, 'end')
  expect(end).toMatchObject({
    level: 'info',
    fields: { 'grpc.code': 'NOT_FOUND', 'grpc.status': 'no such card' },
  })
  expect(end.fields['request_id']).toMatch(/^[\w-]{16}$/)
  expect(lines.map(({ msg }) => msg)).toEqual(['end'])
})

test('a call that is cancelled is no error', async () => {
  const { logger, lines } = memory()
  const { client } = await start(logger, { server: { always: true } })
  const under = call(client, 'charge', ['never'])
  await line(lines, 'arrived')
  under.cancel()
  expect((await under.answer).code).toBe(grpc.status.CANCELLED)
  const end = await line(lines, 'end')
  expect(end).toMatchObject({ level: 'info', fields: { 'grpc.code': 'CANCELLED', aborted: true } })
  expect(lines.map(({ msg }) => msg)).toEqual(['arrived', 'end'])
})

test('a call whose time is up is closed, by whichever end notices first', async () => {
  const { logger, lines } = memory()
  const { client } = await start(logger, { server: { always: true } })
  // The time is for the call alone, not for the connection.
  await call(client, 'charge', ['7']).answer
  lines.length = 0
  const { path } = definition.charge
  const code = await new Promise((resolve) =>
    client.makeUnaryRequest(
      path,
      text.serialize,
      text.deserialize,
      'never',
      new grpc.Metadata(),
      { deadline: Date.now() + 1500 },
      (error) => resolve(error?.code),
    ),
  )
  expect(code).toBe(grpc.status.DEADLINE_EXCEEDED)
  const { level, fields } = await line(lines, 'end')
  // A warning: the client gave up after more than a second.
  expect([
    ['warn', 'CANCELLED'],
    ['error', 'DEADLINE_EXCEEDED'],
  ]).toContainEqual([level, fields['grpc.code']])
})

test('what grpc-js answers itself: a handler that throws, a message that cannot be read', async () => {
  const { logger, lines } = memory({ hold: false })
  const { server, client } = await start(logger)
  const unreadable = {
    ...method('/pay.v1.Payments/Read', false, false),
    requestDeserialize() {
      throw new Error('unreadable')
    },
  }
  const handler = () => {
    logger.info('reached')
    throw new Error('boom')
  }
  server.addService(
    { throw: method('/pay.v1.Payments/Throw', false, false), read: unreadable },
    { throw: handler, read: handler },
  )
  await call(client, 'charge', ['x'], {}, '/pay.v1.Payments/Throw').answer
  expect((await line(lines, 'end')).fields['grpc.code']).toBe('UNKNOWN')
  expect(lines.map(({ level, msg }) => [level, msg])).toEqual([
    ['info', 'reached'],
    ['error', 'end'],
  ])
  lines.length = 0
  const { code } = await call(client, 'charge', ['x'], {}, '/pay.v1.Payments/Read').answer
  expect(code).toBe(grpc.status.INTERNAL)
  expect((await line(lines, 'end')).fields['grpc.code']).toBe('CANCELLED')
})

test('a slow call is released; set adds to the closing line', async () => {
  const { logger, lines } = memory()
  const slow = { name: 'slow' }
  const { server, client } = await start(logger, { server: { slowMs: 0 } })
  server.addService(
    { wait: method('/pay.v1.Payments/Wait', false, false) },
    {
      wait(_call: unknown, reply: grpc.sendUnaryData<string>) {
        logger.set(slow)
        logger.info('waiting')
        reply(null, 'done')
      },
    },
  )
  await call(client, 'charge', ['x'], {}, '/pay.v1.Payments/Wait').answer
  const end = await line(lines, 'end')
  expect(lines.map(({ level, msg }) => [level, msg])).toEqual([
    ['info', 'waiting'],
    ['warn', 'end'],
  ])
  expect(end.fields).toMatchObject({ name: 'slow', slow: true, 'grpc.code': 'OK' })
})

test('ignored methods have no lines of their own, unless they fail', async () => {
  const { logger, lines } = memory({ hold: false })
  const { client } = await start(logger, {
    server: { ignore: [/Health/, 'pay.v1.Payments/Charge'], start: true },
  })
  await call(client, 'charge', ['7'], {}, health.check.path).answer
  await call(client, 'charge', ['7']).answer
  await call(client, 'charge', ['broken']).answer
  await line(lines, 'end')
  expect(lines.map(({ msg }) => msg)).toEqual(['charging', 'charged', 'charging', 'charged', 'end'])
})

test('its fields have OpenTelemetry’s names, if that is wanted', async () => {
  const { logger, lines } = memory({ names: 'otel' })
  const { client } = await start(logger)
  await call(client, 'charge', ['broken'], { 'x-request-id': 'r1' }).answer
  expect((await line(lines, 'end')).fields).toEqual({
    'http.request.header.x-request-id': 'r1',
    'rpc.service': 'pay.v1.Payments',
    'rpc.method': 'Charge',
    'rpc.status_code': 'INTERNAL',
    'grpc.status': 'oops',
    'grpc.time_ms': expect.any(Number),
  })
})

test('options decide about the id and about errors', async () => {
  const { logger, lines } = memory()
  const { client } = await start(logger, {
    server: {
      requestId: (metadata) => metadata.get('x-tenant').join(),
      isError: (code) => code === grpc.status.NOT_FOUND,
    },
  })
  const { id } = await call(client, 'charge', ['missing'], { 'x-tenant': 't-1' }).answer
  expect(id).toBe('t-1')
  expect((await line(lines, 'end')).level).toBe('error')
  const without = await start(logger, { server: { requestId: false } })
  expect((await call(without.client, 'charge', ['7']).answer).id).toBeUndefined()
})

describe('with spans', () => {
  const provider = new NodeTracerProvider()
  const spanOf: grpc.ServerInterceptor = (_descriptor, next) =>
    new grpc.ServerInterceptingCall(next, {
      start(proceed) {
        const span = provider.getTracer('t').startSpan('call')
        const inside = trace.setSpan(context.active(), span)
        proceed({
          onReceiveMetadata: (metadata, on) => context.with(inside, () => on(metadata)),
          onReceiveMessage: (message, on) => context.with(inside, () => on(message)),
          onReceiveHalfClose: (on) => context.with(inside, on),
        })
      },
    })

  test.each(['outer', 'inner'] as const)('an %s one gives every line its trace id', async (at) => {
    provider.register()
    closing.push(
      () => trace.disable(),
      () => context.disable(),
    )
    const { logger, lines } = memory()
    const { client } = await start(logger, { [at]: [spanOf] })
    await call(client, 'charge', ['broken']).answer
    await line(lines, 'end')
    expect(lines).toHaveLength(3)
    for (const { fields } of lines) {
      expect(fields['trace_id']).toMatch(/^[\da-f]{32}$/)
      expect(fields['trace_id']).toBe(lines[0]?.fields['trace_id'])
    }
  })
})

describe('clientInterceptor', () => {
  const quiet = log.create({ outputs: [] })

  test.each(kinds)(
    '%s: a good call is a line that waits in the scope it is made in',
    async (kind) => {
      const { logger, lines } = memory()
      const { client } = await start(quiet, { client: [clientInterceptor({ logger })] })
      await logger.scope({ job: 1 }, () => call(client, kind, inputs(kind, '7')).answer)
      expect(lines).toEqual([])
      await logger.scope({ job: 2 }, async () => {
        await call(client, kind, inputs(kind, '7')).answer
        logger.flush()
      })
      expect(lines[0]).toMatchObject({
        level: 'info',
        msg: 'finished client gRPC call',
        fields: {
          job: 2,
          'grpc.service': 'pay.v1.Payments',
          'grpc.method': definition[kind].path.split('/')[2],
          'grpc.code': 'OK',
          'grpc.time_ms': expect.any(Number),
        },
      })
    },
  )

  test('an error releases the scope of the call; the caller’s own mistakes and cancelling do not', async () => {
    const { logger, lines } = memory()
    const { client } = await start(quiet, { client: [clientInterceptor({ logger })] })
    await logger.scope({ job: 1 }, async () => {
      logger.info('held')
      await call(client, 'charge', ['missing']).answer
      const under = call(client, 'charge', ['never'])
      under.cancel()
      await under.answer
      expect(lines).toEqual([])
      await call(client, 'watch', ['broken']).answer
    })
    expect(lines.map(({ level, msg, fields }) => [level, msg, fields['grpc.code']])).toEqual([
      ['info', 'held', undefined],
      ['info', 'finished client gRPC call', 'NOT_FOUND'],
      ['info', 'finished client gRPC call', 'CANCELLED'],
      ['error', 'finished client gRPC call', 'INTERNAL'],
      ['info', 'end', undefined],
    ])
  })

  test('nobody listens: UNAVAILABLE is an error; health checks have no line', async () => {
    const { logger, lines } = memory()
    const interceptors = [clientInterceptor({ logger })]
    const { client } = await start(quiet, { client: interceptors })
    await call(client, 'charge', ['x'], {}, health.check.path).answer
    expect(lines).toEqual([])
    const nobody = new grpc.Client('127.0.0.1:1', grpc.credentials.createInsecure(), {
      interceptors,
    })
    closing.push(() => nobody.close())
    await call(nobody, 'charge', ['x']).answer
    expect(lines[0]).toMatchObject({ level: 'error', fields: { 'grpc.code': 'UNAVAILABLE' } })
  })
})

test('bad options are named', () => {
  for (const options of [
    { logger: {} },
    { ignore: 'x' },
    { isError: 1 },
    { requestId: 1 },
    { slowMs: -1 },
  ]) {
    expect(() => serverInterceptor(options as never)).toThrow(
      expect.objectContaining({ code: 'ERR_LOG_OPTION' }),
    )
  }
  expect(() => clientInterceptor({ ignore: 'x' } as never)).toThrow(/ignore/)
})
