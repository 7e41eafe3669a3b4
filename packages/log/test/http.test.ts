import { AsyncResource } from 'node:async_hooks'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http'
import http2 from 'node:http2'
import { type AddressInfo, connect } from 'node:net'
import { Frame, frames } from '@clew/internal/requests/frame'
import { recordOf } from '@clew/internal/requests/record'
import * as log from '@clew/log'
import { listen } from '@clew/testing'
import { afterEach, describe, expect, test } from '@jest/globals'
import { context, trace } from '@opentelemetry/api'
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
import express from 'express'
import express4 from 'express4'
import { memory, text } from './memory.ts'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()))
})

async function serve(
  middleware: log.Middleware,
  handler: (req: IncomingMessage, res: ServerResponse) => void,
) {
  const server = await listen((req, res) => middleware(req, res, () => handler(req, res)))
  open.push(server)
  return server
}

async function get(url: string, headers: Record<string, string> = {}) {
  const response = await fetch(url, { headers })
  const text = await response.text()
  return { status: response.status, id: response.headers.get('x-request-id'), text }
}

describe('http', () => {
  test('writes nothing for a good request', async () => {
    const { logger, messages } = memory()
    const server = await serve(logger.http(), (_req, res) => {
      log.info('held')
      res.end('ok')
    })
    expect((await get(server.url)).text).toBe('ok')
    expect(messages()).toEqual([])
  })

  test('writes what was held and the closing line of a 5xx, with the names of Clue', async () => {
    const { logger, lines } = memory()
    const server = await serve(logger.http(), (_req, res) => {
      log.info('held')
      log.set({ user: 'u1' })
      res.statusCode = 503
      res.end('sorry')
    })
    const { id } = await get(`${server.url}/orders?token=s3cret&page=2`)
    const own = {
      request_id: id,
      'http.method': 'GET',
      'http.url': '/orders?token=[redacted]&page=2',
    }
    expect(lines.map(({ level, msg, fields }) => ({ level, msg, fields }))).toEqual([
      { level: 'info', msg: 'held', fields: own },
      {
        level: 'error',
        msg: 'end',
        fields: {
          ...own,
          user: 'u1',
          'http.status': 503,
          'http.time_ms': expect.any(Number),
          'http.bytes': 5,
          'http.remote_addr': '127.0.0.1',
        },
      },
    ])
  })

  test.each([
    [
      'otel',
      {
        'http.request.header.x-request-id': 'r1',
        'http.request.method': 'GET',
        'url.original': '/orders?page=2',
        'http.route': '/:what',
        'http.response.status_code': 500,
        'http.time_ms': expect.any(Number),
        'http.response.body.size': 0,
        'client.address': '127.0.0.1',
      },
    ],
    [
      'ecs',
      {
        'http.request.id': 'r1',
        'http.request.method': 'GET',
        'url.original': '/orders?page=2',
        'http.route': '/:what',
        'http.response.status_code': 500,
        'http.time_ms': expect.any(Number),
        'http.response.body.bytes': 0,
        'client.address': '127.0.0.1',
      },
    ],
  ] as const)('its fields have the names of %s', async (names, expected) => {
    const { logger, lines } = memory({ names })
    const app = express().use(logger.http())
    app.get('/:what', (_req, res) => void res.status(500).set('content-length', '0').end())
    const server = await listen(app)
    open.push(server)
    await get(`${server.url}/orders?page=2`, { 'x-request-id': 'r1' })
    expect(lines[0]?.fields).toEqual(expected)
  })

  test('with always writes the closing line of a good request at once; start announces it', async () => {
    const { logger, lines, messages } = memory()
    const server = await serve(logger.http({ always: true, start: true }), (_req, res) => {
      res.write('chunked ')
      res.end('body')
    })
    await get(server.url)
    expect(messages()).toEqual(['end'])
    expect(lines[0]).toMatchObject({ level: 'info', fields: { 'http.status': 200 } })
    expect(lines[0]?.fields['http.bytes']).toBeGreaterThanOrEqual(12)
  })

  test('takes a well-formed request id and answers it, and makes one otherwise', async () => {
    const { logger } = memory()
    const server = await serve(logger.http(), (_req, res) => res.end())
    expect((await get(server.url, { 'x-request-id': 'abc-1.2:3' })).id).toBe('abc-1.2:3')
    for (const bad of ['a b', 'x'.repeat(129), 'a"b', 'é']) {
      const { id } = await get(server.url, { 'x-request-id': bad })
      expect(id).toMatch(/^[\w-]{16}$/)
    }
  })

  test('asks a function for the request id first; false is none', async () => {
    const { logger } = memory()
    const own = await serve(
      logger.http({ requestId: (req) => (req.url === '/own' ? 'own-1' : undefined) }),
      (_req, res) => res.end(),
    )
    expect((await get(`${own.url}/own`)).id).toBe('own-1')
    expect((await get(own.url, { 'x-request-id': 'given' })).id).toBe('given')
    const none = await serve(logger.http({ requestId: false }), (_req, res) => res.end())
    expect((await get(none.url)).id).toBeNull()
  })

  test.each<[string, log.HttpOptions]>([
    ['by a function', { ignore: (req) => req.url === '/livez' }],
    ['by a path', { ignore: ['/livez'] }],
    ['by a pattern', { ignore: [/^\/live/g] }],
    ['by default', {}],
  ])(
    'a request ignored %s has a scope, but no lines of its own unless it fails',
    async (...row) => {
      const [, options] = row
      const { logger, lines, messages } = memory()
      const server = await serve(logger.http({ always: true, ...options }), (req, res) => {
        log.warn('ping failed')
        res.statusCode = req.headers['x-fail'] ? 500 : 200
        res.end()
      })
      await get(`${server.url}/livez`, { 'x-request-id': 'probe' })
      expect(messages()).toEqual(['ping failed'])
      expect(lines[0]?.fields['request_id']).toBe('probe')
      await get(`${server.url}/livez`, { 'x-fail': '1' })
      expect(messages()).toEqual(['ping failed', 'ping failed', 'end'])
    },
  )

  test('an ignore function that throws ignores nothing', async () => {
    const { logger, messages } = memory()
    const ignore = () => {
      throw new Error('no')
    }
    const server = await serve(logger.http({ always: true, ignore }), (_req, res) => res.end())
    await get(server.url)
    expect(messages()).toEqual(['end'])
  })

  test.each<[string, log.HttpOptions, string]>([
    ['no proxy is trusted', {}, '127.0.0.1'],
    ['the peer is a trusted proxy', { trustedProxies: ['127.0.0.0/8'] }, '203.0.113.7'],
    ['so is the next hop', { trustedProxies: ['127.0.0.1', '203.0.113.0/24'] }, '198.51.100.1'],
    ['another proxy is trusted', { trustedProxies: ['10.0.0.0/8'] }, '127.0.0.1'],
  ])('the client is who the trusted proxies say: %s', async (_name, options, address) => {
    const { logger, lines } = memory()
    const server = await serve(logger.http({ always: true, ...options }), (_req, res) => res.end())
    await get(server.url, { 'x-forwarded-for': '198.51.100.1, 203.0.113.7' })
    expect(lines[0]?.fields['http.remote_addr']).toBe(address)
  })

  test('the start line waits, and is written when the request fails', async () => {
    const { logger, messages } = memory()
    const server = await serve(logger.http({ start: true }), (_req, res) => {
      res.statusCode = 500
      res.end()
    })
    await get(server.url)
    expect(messages()).toEqual(['start', 'end'])
  })

  test('watches HTTP/2 through the compatibility API', async () => {
    const { logger, lines } = memory()
    const watch = logger.http({ always: true })
    const server = http2.createServer((req, res) => {
      watch(req as unknown as IncomingMessage, res as unknown as ServerResponse, () =>
        res.end('ok'),
      )
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const session = http2.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const stream = session.request({ ':path': '/two', 'x-request-id': 'h2' })
    stream.resume().end()
    await once(stream, 'close')
    session.close()
    await new Promise((resolve) => server.close(resolve))
    expect(lines).toHaveLength(1)
    expect(lines[0]?.fields).toMatchObject({
      request_id: 'h2',
      'http.url': '/two',
      'http.status': 200,
    })
    expect(lines[0]?.fields).not.toHaveProperty('aborted')
  })

  test('a client that goes away is not an error', async () => {
    const { logger, lines } = memory()
    let closed: Promise<unknown> = Promise.resolve()
    const server = await serve(logger.http({ always: true }), (_req, res) => {
      res.write('partial')
      closed = once(res, 'close')
    })
    const socket = connect(server.port, '127.0.0.1')
    socket.write('GET /slow HTTP/1.1\r\nhost: x\r\n\r\n')
    await once(socket, 'data')
    socket.destroy()
    await closed
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatchObject({
      level: 'info',
      msg: 'end',
      fields: { 'http.status': 499, aborted: true },
    })
  })

  test('a slow request is released, and its closing line is a warning', async () => {
    const { logger, lines } = memory({ hold: { slowMs: 5 } })
    const server = await serve(logger.http(), (_req, res) => {
      log.info('held')
      setTimeout(() => res.end(), 10)
    })
    await get(server.url)
    expect(lines.map((line) => [line.level, line.msg, line.fields['slow']])).toEqual([
      ['info', 'held', undefined],
      ['warn', 'end', true],
    ])
  })

  test('mounted twice is there once', async () => {
    const { logger, messages } = memory()
    const first = logger.http({ always: true })
    const second = memory().logger.http({ always: true })
    const server = await serve(
      (req, res, next) => first(req, res, () => second(req, res, () => first(req, res, next))),
      (_req, res) => {
        log.print('once')
        res.end()
      },
    )
    await get(server.url)
    expect(messages()).toEqual(['once', 'end'])
  })

  test('a second one puts back the scope that a framework has lost', async () => {
    const { logger, lines } = memory()
    const watch = logger.http()
    const server = await serve(
      (req, res, next) =>
        watch(req, res, () =>
          frames.run(new Frame(undefined, undefined), () => watch(req, res, next)),
        ),
      (req, res) => {
        log.scope({ part: 1 }, () => watch(req, res, () => log.print('in a part of the request')))
        res.end()
      },
    )
    await get(server.url, { 'x-request-id': 'r1' })
    expect(lines[0]?.fields).toMatchObject({ request_id: 'r1', part: 1 })
  })

  test('the error that the framework was given is on the closing line', async () => {
    const { logger, lines } = memory()
    const server = await serve(logger.http(), (req, res) => {
      recordOf(req).error = new TypeError('no such price')
      res.statusCode = 500
      res.end()
    })
    await get(server.url)
    expect(lines).toHaveLength(1)
    expect(lines[0]?.fields['err']).toMatchObject({ type: 'TypeError', message: 'no such price' })
  })

  test.each([
    ['cut', 500],
    ['timed_out', 500],
  ] as const)('a request that the server ends early is a failure: %s', async (cause, status) => {
    const { logger, lines } = memory()
    const closed = new Promise<void>((resolve) => {
      void serve(logger.http(), (req) => {
        recordOf(req).cause = cause
        req.socket.destroy()
        req.socket.once('close', () => setImmediate(resolve))
      }).then((server) => get(server.url).catch(() => {}))
    })
    await closed
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatchObject({
      level: 'error',
      fields: { 'http.status': status, incomplete: true },
    })
  })

  test('keeps the context inside listeners of a raw request', async () => {
    const { logger, lines } = memory()
    const server = await serve(logger.http(), (req, res) => {
      req.on('data', () => log.print('data'))
      req.on('end', () => {
        log.print('end of body')
        res.end()
      })
    })
    const headers = { 'x-request-id': 'r1' }
    await fetch(server.url, { method: 'POST', body: 'x', headers }).then((r) => r.text())
    expect(lines.map((line) => [line.msg, line.fields['request_id']])).toEqual([
      ['data', 'r1'],
      ['end of body', 'r1'],
    ])
  })

  test('releases what a handler held that throws, and lets the error through', async () => {
    const { logger, messages } = memory()
    const middleware = logger.http()
    const errors: unknown[] = []
    const server = await listen((req, res) => {
      try {
        middleware(req, res, () => {
          log.info('held')
          throw new Error('boom')
        })
      } catch (error) {
        errors.push(error)
        res.end()
      }
    })
    open.push(server)
    await get(server.url)
    expect(errors).toHaveLength(1)
    expect(messages()).toEqual(['held', 'end'])
  })

  test('its names cannot be forged by a field', async () => {
    const { logger, lines } = memory()
    const server = await serve(logger.http(), (_req, res) => {
      log.print('x', { request_id: 'forged', 'http.url': '/admin', level: 'fatal' })
      res.end()
    })
    await get(`${server.url}/real`, { 'x-request-id': 'real' })
    expect(lines[0]).toMatchObject({ level: 'info' })
    expect(lines[0]?.fields).toEqual({
      request_id: 'real',
      'http.method': 'GET',
      'http.url': '/real',
      'field.request_id': 'forged',
      'field.http.url': '/admin',
      'field.level': 'fatal',
    })
  })

  test.each(['json', 'logfmt'] as const)(
    'nor by a child logger, nor by a scope inside: %s',
    async (format) => {
      const { logger, read } = text(format)
      const forged = { request_id: 'forged', 'http.url': '/admin' }
      const captured = logger.child(forged)
      const server = await serve(logger.http(), (_req, res) => {
        captured.print('child')
        log.scope({ step: 1 }, () => log.scope(forged, () => log.print('nested')))
        res.end()
      })
      await get(`${server.url}/real`, { 'x-request-id': 'real' })
      const rows = read().trim().split('\n')
      expect(rows).toHaveLength(2)
      for (const row of rows) {
        const fields =
          format === 'json'
            ? Object.entries(JSON.parse(row) as log.Fields).map(
                ([name, value]) => `${name}=${value}`,
              )
            : row.split(' ')
        expect(fields).toEqual(
          expect.arrayContaining([
            'request_id=real',
            'http.url=/real',
            'field.request_id=forged',
            'field.http.url=/admin',
          ]),
        )
      }
    },
  )

  test('a good request is forgotten: what fails behind it says only what came after', async () => {
    const { logger, messages } = memory()
    let finish = () => {}
    const gate = new Promise<void>((resolve) => {
      finish = resolve
    })
    let late = Promise.resolve()
    const server = await serve(logger.http(), (_req, res) => {
      log.info('before the end')
      late = gate.then(() => log.error('too late'))
      res.on('finish', () => setImmediate(finish))
      res.end()
    })
    await get(server.url)
    await late
    expect(messages()).toEqual(['too late'])
  })

  test('names the operation that a policy has written into the record of the request', async () => {
    const { logger, lines } = memory()
    const server = await serve(logger.http({ always: true }), (req, res) => {
      const record = recordOf(req)
      record.operation = { service: 'catalog', method: 'prices' }
      record.route = '/prices/:id'
      res.end()
    })
    await get(server.url)
    expect(lines[0]?.fields).toMatchObject({
      'http.route': '/prices/:id',
      'api.service': 'catalog',
      'api.method': 'prices',
    })
  })

  test.each<[string, NonNullable<log.LogOptions['redact']>, Record<string, string>]>([
    ['nothing', {}, {}],
    ['a key', { keys: ['api.method'] }, { 'api.method': '[redacted]' }],
    ['a path', { paths: ['api.service'] }, { 'api.service': '[redacted]' }],
    ['an id', { keys: ['span_id'] }, { span_id: '[redacted]' }],
  ])(
    'operation and span are the same in every format, in plain lines and others, with %s hidden',
    async (_name, redact, hidden) => {
      const span = trace.wrapSpanContext({
        traceId: 'a'.repeat(32),
        spanId: 'b'.repeat(16),
        traceFlags: 0,
      })
      const operation = { service: 'a "quoted" one', method: 'prices' }
      const ids = {
        trace_id: 'a'.repeat(32),
        span_id: 'b'.repeat(16),
      }
      const names = { 'api.service': operation.service, 'api.method': operation.method }
      for (const format of ['json', 'logfmt'] as const) {
        for (const isNamed of [false, true]) {
          const known: Record<string, string> = isNamed ? { ...names, ...ids } : ids
          const shown = Object.entries({ ...known, ...hidden }).filter(([name]) => name in known)
          const { logger, read } = text(format, { redact, hold: false })
          const server = await serve(logger.http({ always: true }), (req, res) => {
            if (isNamed) recordOf(req).operation = operation
            context.with(trace.setSpan(context.active(), span), () => {
              logger.info('plain', { at: 1 })
              logger.info('another', { 'api.method': 'own' })
            })
            res.end()
          })
          await get(server.url)
          const rows = read().trim().split('\n').slice(0, 2)
          expect(rows).toHaveLength(2)
          for (const row of rows) {
            for (const [name, value] of shown) {
              const quoted = JSON.stringify(value)
              const inLogfmt = /[\s"]/.test(value) ? quoted : value
              expect(row).toContain(
                format === 'json' ? `,"${name}":${quoted}` : ` ${name}=${inLogfmt}`,
              )
            }
          }
        }
      }
    },
  )

  test.each([
    ['a good request whose lines are dropped', 200, {}, {}, 0],
    ['an access log below the level', 200, { level: 'warn' }, { always: true }, 0],
    [
      'an access log below the level, of a flight recorder',
      200,
      { level: 'warn', hold: { debug: true } },
      { always: true },
      0,
    ],
    ['an access log', 200, {}, { always: true }, 1],
    ['a failed request', 500, {}, {}, 1],
  ] as const)('looks for the route when it is written: %s', async (...row) => {
    const [_name, status, options, httpOptions, expected] = row
    const { logger, lines } = memory(options)
    let early = 0
    let looks = 0
    const server = await serve(logger.http(httpOptions), (req, res) => {
      Object.defineProperty(req, 'route', {
        get() {
          if (res.writableEnded) looks++
          else early++
          return { path: '/a/:id' }
        },
      })
      log.info('held')
      res.statusCode = status
      res.end()
    })
    await get(server.url)
    expect([early, looks > 0]).toEqual([0, expected > 0])
    expect(lines.filter(({ msg }) => msg === 'end')).toHaveLength(expected)
  })

  test('an override for some requests applies to running ones at once, and to new ones', async () => {
    const { logger, messages } = memory()
    const gates: (() => void)[] = []
    const server = await serve(logger.http(), (req, res) => {
      log.info(`before ${req.url}`)
      gates.push(
        AsyncResource.bind(() => {
          log.debug(`after ${req.url}`)
          res.end()
        }),
      )
      if (gates.length === 2) ready()
    })
    let ready = () => {}
    const bothIn = new Promise<void>((resolve) => {
      ready = resolve
    })
    const answers = [get(`${server.url}/a`), get(`${server.url}/b`)]
    await bothIn
    const end = logger.override({ level: 'debug', match: (req) => req.url === '/a' })
    expect(messages()).toEqual(['before /a'])
    for (const gate of gates.splice(0)) gate()
    await Promise.all(answers)
    expect(messages()).toEqual(['before /a', 'after /a', 'end'])
    end()
    logger.override({
      level: 'debug',
      match: () => {
        throw new Error('a broken filter matches nothing')
      },
    })
    const last = get(`${server.url}/a`)
    while (gates.length === 0) await new Promise((resolve) => setImmediate(resolve))
    gates[0]?.()
    await last
    expect(messages()).toHaveLength(3)
  })

  test.each([
    ['Express 5', express],
    ['Express 4', express4],
  ])('%s: the route template, a failing handler, interleaved requests', async (_name, create) => {
    const { logger, lines } = memory()
    const app = create()
    app.use(logger.http())
    app.use(create.json())
    const router = create.Router()
    router.post('/orders/:id', (req, res) => {
      log.info('held', { own: req.params['id'] })
      setTimeout(() => {
        logger.info('held too', { own: req.params['id'] })
        res.status(Number(req.params['id']) % 2 ? 500 : 200).end()
      }, Number(req.params['id']) % 5)
    })
    app.use('/api', router)
    const server = await listen(createServer(app))
    open.push(server)
    await Promise.all(
      Array.from({ length: 100 }, (_, id) =>
        fetch(`${server.url}/api/orders/${id}`, {
          method: 'POST',
          body: '{}',
          headers: { 'content-type': 'application/json', 'x-request-id': `r${id}` },
        }).then((response) => response.text()),
      ),
    )
    expect(lines).toHaveLength(150)
    for (const { msg, fields } of lines) {
      if (msg === 'end') expect(fields['http.route']).toBe('/api/orders/:id')
      else expect(`r${fields['own']}`).toBe(fields['request_id'])
    }
  })

  test('10 000 requests over kept-alive connections, with bodies, never mix', async () => {
    const { logger, lines } = memory()
    const server = await serve(logger.http(), (req, res) => {
      let body = ''
      req.on('data', (chunk: Buffer) => {
        body += chunk.toString()
      })
      req.on('end', () => {
        log.info('body', { own: body })
        setImmediate(() => {
          logger.info('later', { own: body })
          res.statusCode = Number(body) % 50 === 0 ? 500 : 200
          res.end()
        })
      })
    })
    const { Agent } = await import('node:http')
    const agent = new Agent({ keepAlive: true, maxSockets: 50 })
    await Promise.all(
      Array.from(
        { length: 10_000 },
        (_, id) =>
          new Promise<void>((resolve, reject) => {
            const headers = { 'x-request-id': `${id}` }
            send(server.url, { agent, method: 'POST', headers }, (res) => {
              res.resume().on('end', resolve)
            })
              .on('error', reject)
              .end(`${id}`)
          }),
      ),
    )
    agent.destroy()
    expect(lines).toHaveLength(600)
    for (const { msg, fields } of lines) {
      if (msg !== 'end') expect(fields['own']).toBe(fields['request_id'])
    }
  })
})

describe('with an active span', () => {
  const provider = new NodeTracerProvider()
  provider.register()
  const tracer = trace.getTracer('test')

  test('releaseWhenSampled: lines carry its ids, and a sampled one releases its scope', async () => {
    const { logger, lines } = memory({ hold: { releaseWhenSampled: true } })
    await tracer.startActiveSpan('job', async (span) => {
      await logger.scope({ job: 1 }, async () => {
        logger.info('at once')
        expect(lines).toHaveLength(1)
      })
      expect(lines[0]?.fields).toEqual({
        job: 1,
        trace_id: span.spanContext().traceId,
        span_id: span.spanContext().spanId,
      })
    })
  })

  test('releaseWhenSampled: the flag is looked up when a line is logged', () => {
    const { logger, messages } = memory({ hold: { releaseWhenSampled: true } })
    logger.scope({}, () => {
      logger.info('before the span')
      expect(messages()).toEqual([])
      tracer.startActiveSpan('late', () => logger.info('inside'))
      expect(messages()).toEqual(['before the span', 'inside'])
    })
  })

  test.each([
    ['by default', {}],
    ['with other options of hold', { hold: { maxLines: 10 } }],
    ['releaseWhenSampled: undefined', { hold: { releaseWhenSampled: undefined } }],
  ] as [string, log.LogOptions][])(
    '%s lines in a sampled one stay held, and they keep its ids',
    (_name, options) => {
      const { logger, lines, messages } = memory(options)
      tracer.startActiveSpan('job', (span) => {
        logger.scope({}, () => logger.info('never seen'))
        logger.scope({}, () => {
          logger.info('held')
          logger.warn('at once')
          expect(messages()).toEqual(['at once'])
          logger.error('failed')
        })
        expect(lines[1]?.fields['trace_id']).toBe(span.spanContext().traceId)
      })
    },
  )

  test('an unsampled one releases nothing', () => {
    const { logger, messages } = memory({ hold: { releaseWhenSampled: true } })
    const unsampled = trace.wrapSpanContext({
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: 'b7ad6b7169203331',
      traceFlags: 0,
    })
    context.with(trace.setSpan(context.active(), unsampled), () => {
      logger.scope({}, () => logger.info('held'))
    })
    expect(messages()).toEqual([])
  })

  test('the closing line of a request carries the span it began in', async () => {
    const { logger, lines } = memory()
    const middleware = logger.http({ always: true })
    const server = await listen((req, res) => {
      tracer.startActiveSpan('request', () => middleware(req, res, () => res.end()))
    })
    open.push(server)
    await get(server.url)
    expect(lines[0]).toMatchObject({
      msg: 'end',
      fields: { trace_id: expect.stringMatching(/^[\da-f]{32}$/) },
    })
  })
})
