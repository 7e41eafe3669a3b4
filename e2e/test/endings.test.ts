// How a request or a call has ended is decided once: line, span and metric say the same, over HTTP/1
// and HTTP/2, on the side of the server and on that of the client.
import { once } from 'node:events'
import { get, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect as connectHttp2, constants, createServer as createHttp2Server } from 'node:http2'
import { pipeline, Readable, Writable } from 'node:stream'
import * as log from '@clew/log'
import * as metrics from '@clew/metrics'
import { listen } from '@clew/testing'
import * as trace from '@clew/trace'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { request } from 'undici'

interface ReadSpan {
  readonly kind: number
  readonly name: string
  readonly status: { readonly code: number }
  readonly parentSpanContext?: { readonly spanId: string }
  readonly attributes: Readonly<Record<string, unknown>>
  spanContext(): { readonly spanId: string }
}
interface Point {
  readonly name: string
  readonly attributes: Readonly<Record<string, unknown>>
}

const service = { name: 'endings' }
const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
const spans: ReadSpan[] = []
const points: Point[] = []
const lines: log.Line[] = []
let tracing: trace.Tracing
let meters: metrics.Meters
let logger: log.Logger
let stopLog: () => void

beforeAll(async () => {
  tracing = await trace.configure({
    service,
    sampler: 'always',
    exporter: {
      export(batch, done) {
        spans.push(...batch)
        done({ code: 0 })
      },
      shutdown: async () => {},
    },
  })
  meters = await metrics.configure({
    service,
    runtime: false,
    exporter: {
      export(collected, done) {
        for (const { descriptor, dataPoints } of collected.scopeMetrics.flatMap(
          (scope) => scope.metrics,
        )) {
          for (const { attributes } of dataPoints)
            points.push({ name: descriptor.name, attributes })
        }
        done({ code: 0 })
      },
      forceFlush: async () => {},
      shutdown: async () => {},
      selectAggregationTemporality: () => 0,
    },
  })
  const format = (line: log.Line) => {
    lines.push(line)
    return ''
  }
  logger = log.create({ outputs: { to: nowhere, format } })
  stopLog = logger.client()
})
afterAll(async () => {
  stopLog()
  await Promise.all([tracing.shutdown(), meters.shutdown()])
})
beforeEach(async () => {
  await flush()
  spans.length = 0
  points.length = 0
  lines.length = 0
})

const flush = () => Promise.all([tracing.flush(), meters.flush()])

/** Waits until there is a span of the kind and a point of the metric, and nothing else of them. */
async function ended(kind: number, metric: string) {
  for (;;) {
    await flush()
    const span = spans.find((each) => each.kind === kind)
    const point = points.find(({ name }) => name === metric)
    if (span !== undefined && point !== undefined) return { span, point }
    await new Promise(setImmediate)
  }
}

type Handle = (req: IncomingMessage, res: ServerResponse) => void

const watch = (handle: Handle) => {
  const parts = [trace.http(), logger.http({ always: true }), metrics.http()]
  return (req: IncomingMessage, res: ServerResponse) => {
    const run = (index: number): void => {
      const part = parts[index]
      if (part === undefined) handle(req, res)
      else part(req, res, () => run(index + 1))
    }
    run(0)
  }
}

/** The client leaves when the handler asks for it. */
type Leave = () => void

const servers = {
  'HTTP/1': async (handle: (req: IncomingMessage, res: ServerResponse, leave: Leave) => void) => {
    const sent: { leave: Leave } = { leave: () => {} }
    const server = await listen(watch((req, res) => handle(req, res, () => sent.leave())))
    const call = get(server.url, { agent: false }, (res) => res.on('error', () => {}).resume())
    call.on('error', () => {})
    sent.leave = () => call.destroy()
    return server.close
  },
  'HTTP/2': async (handle: (req: IncomingMessage, res: ServerResponse, leave: Leave) => void) => {
    const sent: { leave: Leave } = { leave: () => {} }
    const watched = watch((req, res) => handle(req, res, () => sent.leave()))
    const server = createHttp2Server((req, res) => watched(req as never, res as never))
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const session = connectHttp2(`http://127.0.0.1:${(server.address() as { port: number }).port}`)
    const stream = session.request({ ':path': '/' }).on('error', () => {})
    stream.resume()
    sent.leave = () => stream.close(constants.NGHTTP2_CANCEL)
    return async () => {
      session.destroy()
      server.close()
    }
  },
}

const failing = () =>
  new Readable({
    read() {
      this.destroy(Object.assign(new Error('disk read failed'), { code: 'EIO' }))
    },
  })

describe.each(Object.entries(servers))('a request over %s', (_name, serve) => {
  test.each<
    [string, (res: ServerResponse, leave: Leave) => void, number | undefined, string, boolean]
  >([
    [
      'that its client cancels before the answer',
      (_res, leave) => leave(),
      undefined,
      'aborted',
      false,
    ],
    [
      'that its client cancels in the middle of the answer',
      (res, leave) => {
        res.writeHead(200)
        res.write('x', () => leave())
      },
      200,
      'aborted',
      false,
    ],
    [
      'whose source fails at once',
      (res) => void pipeline(failing(), res, () => {}),
      undefined,
      'EIO',
      true,
    ],
    [
      'whose source fails in the middle',
      (res) => {
        res.writeHead(200)
        res.write('x', () => void pipeline(failing(), res, () => {}))
      },
      200,
      'EIO',
      true,
    ],
  ])('%s', async (_title, handle, status, type, isError) => {
    const close = await serve((_req, res, leave) => {
      res.on('close', () => trace.span('on close', () => {}))
      handle(res, leave)
    })
    try {
      const { span, point } = await ended(1, 'http.server.request.duration')
      expect(span.attributes['error.type']).toBe(type)
      expect(span.attributes['http.response.status_code']).toBe(status)
      expect(span.status.code).toBe(isError ? 2 : 0)
      expect(point.attributes['error.type']).toBe(type)
      expect(point.attributes['http.response.status_code']).toBe(status)
      const line = lines.find(({ msg }) => msg === 'end')
      expect(line?.level).toBe(isError ? 'error' : 'info')
      expect(line?.fields[isError ? 'incomplete' : 'aborted']).toBe(true)
      // What listens to the end of the response still belongs to the request.
      const child = spans.find(({ name }) => name === 'on close')
      expect(child?.parentSpanContext?.spanId).toBe(span.spanContext().spanId)
    } finally {
      await close()
    }
  })
})

const callers: Record<string, (url: string, signal: AbortSignal) => Promise<unknown>> = {
  undici: async (url, signal) => (await request(url, { signal })).body.text(),
  fetch: async (url, signal) => (await fetch(url, { signal })).text(),
  'node:http': (url, signal) =>
    new Promise((resolve, reject) => {
      get(url, { signal, agent: false }, (res) => {
        res.resume().on('end', resolve).on('error', reject)
      }).on('error', reject)
    }),
}

describe.each(Object.entries(callers))('a call of %s', (_name, call) => {
  test.each<[string, unknown]>([
    ['no reason', undefined],
    ['an error of the caller', new Error('superseded')],
    ['a text', 'not needed any more'],
  ])('that its caller aborts, with %s: no error', async (_title, reason) => {
    const abort = new AbortController()
    const server = await listen((_req, res) => {
      res.write('a')
      setImmediate(() => abort.abort(reason))
    })
    try {
      await call(server.url, abort.signal).then(
        () => expect('it').toBe('aborted'),
        () => {},
      )
      const { span, point } = await ended(2, 'http.client.request.duration')
      expect([span.status.code, span.attributes['error.type']]).toEqual([0, 'aborted'])
      expect(point.attributes['error.type']).toBe('aborted')
      expect(lines.filter(({ level }) => level === 'error')).toEqual([])
    } finally {
      await server.close()
    }
  })

  test('whose answer breaks off in its body: an error of the same type', async () => {
    const server = await listen((_req, res) => {
      res.writeHead(200, { 'content-length': 10 })
      res.write('a')
      setImmediate(() => res.destroy())
    })
    try {
      await expect(call(server.url, new AbortController().signal)).rejects.toBeDefined()
      const { span, point } = await ended(2, 'http.client.request.duration')
      expect(span.status.code).toBe(2)
      expect(span.attributes['http.response.status_code']).toBe(200)
      expect(span.attributes['error.type']).toMatch(/^(?:ECONNRESET|UND_ERR_SOCKET)$/)
      expect(point.attributes['error.type']).toBe(span.attributes['error.type'])
    } finally {
      await server.close()
    }
  })
})
