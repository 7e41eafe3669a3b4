import { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import * as log from '@clew/log'
import { type Collector, nodeEval, startCollector } from '@clew/testing'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { context, diag, trace } from '@opentelemetry/api'
import { type LoggerProvider as ApiLoggerProvider, logs } from '@opentelemetry/api-logs'
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-grpc'
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs'
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node'

const cwd = fileURLToPath(new URL('../..', import.meta.url))
let collector: Collector
let provider: LoggerProvider

beforeEach(async () => {
  collector = await startCollector()
  const exporter = new OTLPLogExporter({ url: collector.endpoint })
  provider = new LoggerProvider({ processors: [new BatchLogRecordProcessor({ exporter })] })
})
afterEach(async () => {
  logs.disable()
  context.disable()
  trace.disable()
  diag.disable()
  await provider.shutdown()
  await collector.close()
})

const toOtel = (options: log.LogOptions = {}, otel: log.OtelOptions = {}) =>
  log.create({ ...options, outputs: { to: log.otel(otel) } })

test('a line is a record: severity, body, attributes, exception, time', async () => {
  logs.setGlobalLoggerProvider(provider)
  const logger = toOtel({
    level: 'debug',
    fields: { svc: 'orders' },
    redact: { paths: ['user.card'] },
  })
  const before = Date.now()
  for (const level of ['debug', 'info', 'warn'] as const) logger.log(level, level, { n: 1 })
  logger.error(
    Object.assign(new TypeError('outer', { cause: new Error('inner') }), { code: 'E_X' }),
    'failed',
    {
      user: { name: 'ann', card: '4711' },
      password: 'hunter2',
      list: [1, 'two', { three: 3n }],
      body: 'a field of the caller',
      'http.method': 'GET',
      trace_id: 'forged?',
      level: 'forged',
    },
  )
  logger.fatal(new AggregateError([new Error('one'), 'two'], 'all'))
  logger.error('a string', 'thrown')
  await logger.shutdown(20_000)
  const records = collector.logs
  expect(
    records.map(({ severityNumber, severityText, body }) => [severityNumber, severityText, body]),
  ).toEqual([
    [5, 'debug', 'debug'],
    [9, 'info', 'info'],
    [13, 'warn', 'warn'],
    [17, 'error', 'failed'],
    [21, 'fatal', 'all'],
    [17, 'error', 'thrown'],
  ])
  for (const record of records) {
    expect(record).toMatchObject({ attributes: { svc: 'orders' }, scope: '@clew/log', traceId: '' })
    expect(record.timeMs).toBeGreaterThanOrEqual(before)
    expect(record.timeMs).toBeLessThanOrEqual(Date.now())
  }
  const [, , , failed, fatal, thrown] = records
  expect(failed?.attributes).toEqual({
    svc: 'orders',
    'exception.type': 'TypeError',
    'exception.message': 'outer',
    'exception.stacktrace': expect.stringMatching(
      /^TypeError: outer\n[\s\S]*otel\.test[\s\S]*\nCaused by: Error: inner\n/,
    ),
    'exception.code': 'E_X',
    user: { name: 'ann', card: '[redacted]' },
    password: '[redacted]',
    list: [1, 'two', { three: '3' }],
    body: 'a field of the caller',
    'http.request.method': 'GET',
    trace_id: 'forged?',
    'field.level': 'forged',
  })
  expect(fatal?.attributes['exception.stacktrace']).toMatch(
    /Member 1: Error: one\n[\s\S]*Member 2: "two"$/,
  )
  expect(thrown?.attributes['exception.message']).toBe('a string')
})

test('held lines are sent when they are released, with the span and the time of when they were logged', async () => {
  logs.setGlobalLoggerProvider(provider)
  new NodeTracerProvider().register()
  const logger = toOtel()
  const tracer = trace.getTracer('t')
  const ids: string[] = []
  const inSpan = (fn: () => void) =>
    tracer.startActiveSpan('s', { root: true }, (span) => {
      ids.push(span.spanContext().spanId)
      fn()
    })
  logger.scope({ job: 1 }, () => inSpan(() => logger.info('never seen')))
  logger.scope({ job: 2 }, () => {
    inSpan(() => logger.info('held'))
    inSpan(() => logger.error('released'))
  })
  inSpan(() => logger.scope({}, () => inSpan(() => {})))
  await logger.shutdown(20_000)
  expect(collector.logs.map(({ body, spanId }) => [body, spanId])).toEqual([
    ['held', ids[1]],
    ['released', ids[2]],
    ['end', ''],
  ])
  expect(collector.logs[0]?.attributes).toEqual({ job: 2 })
  const [held, released] = collector.logs
  expect(held?.timeMs).toBeLessThanOrEqual(released?.timeMs ?? 0)
})

test('a line outside of a span has none, also when another span is active at its release', async () => {
  logs.setGlobalLoggerProvider(provider)
  new NodeTracerProvider().register()
  const logger = toOtel()
  logger.scope({}, () => {
    logger.info('held')
    trace.getTracer('t').startActiveSpan('s', () => logger.flush())
  })
  await logger.shutdown(20_000)
  expect(collector.logs[0]).toMatchObject({ body: 'held', traceId: '', spanId: '' })
})

test('each output has its level; a provider and a scope can be given', async () => {
  const logger = log.create({
    outputs: [{ to: log.otel({ provider, scope: 'orders' }), level: 'warn' }],
  })
  logger.info('not there')
  logger.warn('there')
  await logger.shutdown(20_000)
  expect(collector.logs.map(({ body, scope }) => [body, scope])).toEqual([['there', 'orders']])
})

test('lines wait for a provider that is registered later', async () => {
  const logger = toOtel()
  logger.info('before')
  const fields = { n: 1 }
  logger.info('too', fields)
  fields.n = 2
  logs.setGlobalLoggerProvider(provider)
  logger.info('after')
  await logger.shutdown(20_000)
  expect(collector.logs.map(({ body }) => body)).toEqual(['before', 'too', 'after'])
  expect(collector.logs[1]?.attributes).toEqual({ n: 1 })
  expect(logger.dropped).toBe(0)
})

test('what waits is bounded; what is lost is counted, and a record of its own', async () => {
  const logger = log.create({ outputs: { to: log.otel(), maxBufferBytes: 16_384 } })
  for (let n = 0; n < 500; n++) logger.info('x', { n })
  expect(logger.dropped).toBeGreaterThan(400)
  const lost = logger.dropped
  logs.setGlobalLoggerProvider(provider)
  logger.info('after')
  await logger.shutdown(20_000)
  const [first, second] = collector.logs
  expect(first).toMatchObject({ body: 'log lines dropped', attributes: { dropped: lost } })
  expect(second?.attributes).toEqual({ n: lost })
  expect(collector.logs.at(-1)?.body).toBe('after')
  expect(collector.logs).toHaveLength(500 - lost + 2)
})

test('a provider that is shut down and one that comes after it', async () => {
  logs.setGlobalLoggerProvider(provider)
  const logger = toOtel()
  logger.info('first')
  await provider.shutdown()
  logs.disable()
  logger.info('between')
  const exporter = new OTLPLogExporter({ url: collector.endpoint })
  const next = new LoggerProvider({ processors: [new BatchLogRecordProcessor({ exporter })] })
  logs.setGlobalLoggerProvider(next)
  logger.info('second')
  await logger.shutdown(20_000)
  await next.shutdown()
  expect(collector.logs.map(({ body }) => body)).toEqual(['first', 'between', 'second'])
})

test('what exporting code logs is not exported again', async () => {
  new NodeTracerProvider().register()
  const lines: string[] = []
  const logger = log.create({
    outputs: [
      { to: log.otel({ provider }) },
      {
        to: new Writable({ write: (_chunk, _encoding, done) => done() }),
        format: ({ msg }) => {
          lines.push(msg)
          return ''
        },
      },
    ],
  })
  const suppressed = Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING')
  context.with(context.active().setValue(suppressed, true), () => logger.warn('export failed'))
  logger.warn('another')
  await logger.shutdown(20_000)
  expect(lines).toEqual(['export failed', 'another'])
  expect(collector.logs.map(({ body }) => body)).toEqual(['another'])
  expect(logger.dropped).toBe(1)
})

test('a collector that is gone does not make shutdown reject', async () => {
  await collector.close()
  const logger = log.create({ outputs: { to: log.otel({ provider }) } })
  diag.setLogger(log.asConsole(logger))
  logger.info('nobody will see it')
  await expect(logger.shutdown(2000)).resolves.toBeUndefined()
})

test('a provider that throws costs its records, which are counted', async () => {
  let broken = true
  const taken: string[] = []
  const own = {
    getLogger: () => ({
      emit(record: { body: string }) {
        if (broken) throw new Error('no')
        // A line logged in here is not handed to it again.
        logger.info('inside')
        taken.push(record.body)
      },
    }),
  }
  const logger = toOtel({}, { provider: own })
  logger.info('lost')
  logger.info('lost too')
  broken = false
  logger.info('kept')
  expect(taken).toEqual(['log lines dropped', 'kept'])
  expect(logger.dropped).toBe(4)
})

test('bad options are named', () => {
  for (const make of [
    () => log.otel({ provider: {} as never }),
    () => log.otel({ scope: '' }),
    () => log.create({ outputs: { to: log.otel(), format: 'json' } }),
    () => log.create({ outputs: { to: log.otel(), reopenOn: 'SIGHUP' } }),
  ]) {
    expect(make).toThrow(expect.objectContaining({ code: 'ERR_LOG_OPTION' }))
  }
  const real: log.OtelLoggerProvider = provider
  const api: ApiLoggerProvider = provider
  expect(real).toBe(api)
})

describe('in a process of its own', () => {
  const run = async (program: string) => {
    const child = nodeEval(`import * as log from '@clew/log'\n${program}`, { cwd })
    const { code } = await child.exit
    return { code, stdout: child.stdout, stderr: child.stderr }
  }

  test('no provider ever: said once, with how many lines are lost', async () => {
    const { code, stdout, stderr } = await run(`
      const logger = log.create({ outputs: [{ to: log.otel() }, { format: ({ msg }) => msg }] })
      for (let n = 0; n < 3; n++) logger.info('line')`)
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'line\nline\nline\n' })
    expect(stderr).toBe(
      '@clew/log: no OpenTelemetry logs provider is registered: 3 lines are lost\n',
    )
  })

  test('no provider for a while: said once, while the process goes on', async () => {
    const child = nodeEval(
      `import * as log from '@clew/log'
      const logger = log.create({ outputs: { to: log.otel() } })
      setInterval(() => logger.info('line'), 50)`,
      { cwd },
    )
    await child.until(/is registered: lines wait for it, 8388608 bytes/, { stream: 'stderr' })
    child.kill()
    await child.exit
    expect(child.stderr.match(/wait for it/g)).toHaveLength(1)
  })

  test('a provider of another version of the API is not mistaken for one that works', async () => {
    const { stderr } = await run(`
      const key = Symbol.for('io.opentelemetry.js.api.logs')
      const [real, noop] = [{ getLogger: () => ({ emit() {} }) }, { getLogger: () => ({ emit() {} }) }]
      globalThis[key] = (version) => (version === 2 ? real : noop)
      log.create({ outputs: { to: log.otel() } }).info('line')`)
    expect(stderr).toMatch(/registered with another version of its API: 1 lines/)
  })

  test('the logs API of @opentelemetry/api 1.10 and later has another global', async () => {
    const { code, stdout } = await run(`
      import { logs } from 'opentelemetry-api-next'
      const logger = log.create({ outputs: { to: log.otel() } })
      logger.info('before')
      logs.setGlobalLoggerProvider({
        getLogger: (name) => ({ emit: ({ body }) => console.log(name, body) }),
      })
      logger.info('after')`)
    expect({ code, stdout }).toEqual({ code: 0, stdout: '@clew/log before\n@clew/log after\n' })
  })

  test('the ESM and the CommonJS copy: one takes the destination of the other', async () => {
    const { code, stdout } = await run(`
      import { createRequire } from 'node:module'
      const cjs = createRequire(process.cwd() + '/x.js')('@clew/log')
      const provider = { getLogger: () => ({ emit: ({ body }) => console.log(body) }) }
      log.create({ outputs: { to: cjs.otel({ provider }) } }).info('crossed')`)
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'crossed\n' })
  })
})
