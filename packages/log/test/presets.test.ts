import type * as log from '@clew/log'
import { listen } from '@clew/testing'
import { afterEach, describe, expect, test } from '@jest/globals'
import { context, trace } from '@opentelemetry/api'
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
import { text } from './memory.ts'

const projects = ['GOOGLE_CLOUD_PROJECT', 'GCLOUD_PROJECT', 'GCP_PROJECT']
const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const name of projects) delete process.env[name]
  context.disable()
  trace.disable()
  for (const server of open.splice(0)) await server.close()
})

const ids = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: '00f067aa0ba902b7' }

function inSpan(traceFlags: number, fn: () => void): void {
  new NodeTracerProvider().register()
  const span = trace.wrapSpanContext({ ...ids, traceFlags })
  context.with(trace.setSpan(context.active(), span), fn)
}

const fail = (): never => {
  throw new Error('no')
}
const all = ['debug', 'info', 'warn', 'error', 'fatal'] as const

describe.each([
  ['google', 'severity', ['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'], 'time'],
  ['datadog', 'status', ['debug', 'info', 'warn', 'error', 'critical'], 'timestamp'],
] as const)('%s', (names, level, words, time) => {
  test('has its words for the levels, in lines that are quick and in lines that need care', () => {
    const { logger, rows } = text('json', { names, level: 'debug' })
    for (const each of all) logger.log(each, 'm', { a: 1 })
    for (const each of all) logger.log(each, 'm', { token: 's3cret' })
    expect(rows().map((row) => row[level])).toEqual([...words, ...words])
    expect(rows()[0]).toMatchObject({ message: 'm', [time]: expect.stringMatching(/Z$/) })
  })

  test('no field can forge what it writes', () => {
    const { logger, rows } = text('json', { names })
    logger.info('m', { [level]: 'x', message: 'x', [time]: 'x', level: 'y' })
    expect(rows()[0]).toMatchObject({
      [level]: words[1],
      message: 'm',
      [`field.${level}`]: 'x',
      'field.message': 'x',
    })
  })

  test.each([
    ['has', { has: () => fail() }],
    ['every trap', { has: () => fail(), get: () => fail(), ownKeys: () => fail() }],
  ])('fields behind a proxy whose %s throws are a line', (_, handler) => {
    const { logger, rows } = text('json', { names })
    logger.info('m', new Proxy<Record<string, unknown>>({ a: 1 }, handler))
    expect(rows()).toMatchObject([{ message: 'm' }])
    expect(logger.dropped).toBe(0)
  })

  test('a long line stays below the bound, with all that the preset makes of it', () => {
    const { logger, read, rows } = text('json', { names, maxLineBytes: 2048 })
    logger.error(new Error('x'.repeat(5000)), 'm', {
      'http.time_ms': 5,
      'http.url': 'y'.repeat(5000),
    })
    expect(Buffer.byteLength(read())).toBeLessThanOrEqual(2048)
    expect(rows()[0]).toMatchObject({ [level]: words[3] })
  })
})

async function closingLine(options: log.LogOptions): Promise<readonly log.Fields[]> {
  const { logger, rows } = text('json', options)
  const watch = logger.http({ userAgent: true, referer: true })
  const server = await listen((req, res) =>
    watch(req, res, () => {
      logger.info('held')
      res.statusCode = 503
      res.end('body')
    }),
  )
  open.push(server)
  const headers = {
    'user-agent': 'curl/8',
    referer: 'https://h/?token=s3cret',
    'x-request-id': 'r1',
  }
  await (await fetch(`${server.url}/orders?api_key=s3cret`, { headers })).text()
  return rows()
}

describe('Google Cloud', () => {
  test('the closing line of a request has httpRequest, its other lines have not', async () => {
    const [held, end] = await closingLine({ names: 'google' })
    expect(held).toMatchObject({ message: 'held', 'http.method': 'GET', request_id: 'r1' })
    expect(held).not.toHaveProperty('httpRequest')
    expect(end).toEqual({
      time: expect.any(String),
      severity: 'ERROR',
      message: 'end',
      request_id: 'r1',
      httpRequest: {
        requestMethod: 'GET',
        requestUrl: '/orders?api_key=[redacted]',
        status: 503,
        responseSize: expect.stringMatching(/^\d+$/),
        userAgent: 'curl/8',
        remoteIp: '127.0.0.1',
        referer: 'https://h/?token=[redacted]',
        latency: expect.stringMatching(/^\d+(\.\d+)?s$/),
      },
    })
  })

  test.each<[string, Record<string, string>, string]>([
    ['no project', {}, ids.traceId],
    ...projects.map((name): [string, Record<string, string>, string] => [
      name,
      { [name]: 'p-1' },
      `projects/p-1/traces/${ids.traceId}`,
    ]),
  ])('the trace of a line: %s', (_name, env, expected) => {
    Object.assign(process.env, env)
    for (const flags of [0, 1]) {
      const { logger, rows } = text('json', { names: 'google' })
      inSpan(flags, () => {
        logger.info('quick')
        logger.info('with care', { token: 't', 'logging.googleapis.com/trace_sampled': 'forged' })
      })
      for (const row of rows()) {
        expect(row).toMatchObject({
          'logging.googleapis.com/trace': expected,
          'logging.googleapis.com/spanId': ids.spanId,
          'logging.googleapis.com/trace_sampled': flags === 1,
        })
      }
      expect(rows()[1]).toMatchObject({ 'field.logging.googleapis.com/trace_sampled': 'forged' })
    }
  })

  test('Error Reporting finds the stack, which is there once; the place is an object', () => {
    const { logger, rows, read } = text('json', { names: 'google', caller: true })
    logger.error(new Error('boom', { cause: new TypeError('inner') }), 'failed')
    expect(rows()[0]).toMatchObject({
      message: 'failed',
      stack_trace: expect.stringMatching(/^Error: boom\n {4}at /),
      err: { type: 'Error', message: 'boom', cause: { type: 'TypeError', message: 'inner' } },
      'logging.googleapis.com/sourceLocation': {
        file: expect.stringMatching(/presets\.test\.ts$/),
        line: expect.stringMatching(/^\d+$/),
      },
    })
    expect(rows()[0]?.['err']).not.toHaveProperty('stack')
    expect(read().match(/Error: boom/g)).toHaveLength(1)
  })

  test('a field of a name that it adds is not taken for it', () => {
    const { logger, rows } = text('json', { names: 'google' })
    logger.error(new Error('x'), 'm', { stack_trace: 'mine', httpRequest: 'mine' })
    expect(rows()[0]).toMatchObject({
      stack_trace: expect.stringContaining('Error: x'),
      'field.stack_trace': 'mine',
      'field.httpRequest': 'mine',
    })
  })
})

describe('Datadog', () => {
  test('the closing line of a request has the standard attributes', async () => {
    const [, end] = await closingLine({ names: 'datadog' })
    expect(end).toEqual({
      timestamp: expect.any(String),
      status: 'error',
      message: 'end',
      'http.request_id': 'r1',
      'http.method': 'GET',
      'http.url': '/orders?api_key=[redacted]',
      'http.status_code': 503,
      'network.bytes_written': expect.any(Number),
      'network.client.ip': '127.0.0.1',
      'http.useragent': 'curl/8',
      'http.referer': 'https://h/?token=[redacted]',
      duration: expect.any(Number),
    })
    expect(Number(end?.['duration']) % 1e6).toBe(0)
  })

  test('a duration of the application stays its own', () => {
    const { logger, rows } = text('json', { names: 'datadog' })
    logger.info('m', { duration: 7 })
    logger.info('m', { duration: 7, 'http.time_ms': 5 })
    logger.info('m', { 'grpc.time_ms': 5 })
    expect(rows()).toMatchObject([
      { duration: 7 },
      { duration: 7, 'http.time_ms': 5 },
      { duration: 5_000_000 },
    ])
  })

  test('an error has kind, message and stack, and so have its causes and members', () => {
    const { logger, rows } = text('json', { names: 'datadog' })
    const cause = new AggregateError([new RangeError('member')], 'inner')
    logger.error(new TypeError('boom', { cause }), 'failed')
    logger.error(new TypeError('boom'), 'failed', { token: 't' })
    for (const row of rows()) {
      expect(row['error']).toMatchObject({
        kind: 'TypeError',
        message: 'boom',
        stack: expect.stringMatching(/^TypeError: boom\n/),
      })
      expect(row['error']).not.toHaveProperty('type')
    }
    expect(rows()[0]).toMatchObject({
      error: {
        cause: {
          kind: 'AggregateError',
          errors: [{ kind: 'RangeError', message: 'member', stack: expect.any(String) }],
        },
      },
    })
  })

  test('ids are the lower 64 bits in decimal', () => {
    const { logger, rows } = text('json', { names: 'datadog' })
    inSpan(1, () => {
      logger.info('quick')
      logger.info('with care', { token: 't' })
    })
    for (const row of rows()) {
      expect(row).toMatchObject({
        'dd.trace_id': BigInt('0x8448eb211c80319c').toString(),
        'dd.span_id': BigInt('0x00f067aa0ba902b7').toString(),
      })
    }
  })
})

test('on a terminal the levels have our words', () => {
  const { logger, read } = text('terminal', { names: 'google' })
  logger.warn('m')
  expect(read()).toContain('WARN')
})
