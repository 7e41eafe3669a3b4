// All packages share one record per request, which judges once how it ended. Log line, span, metric
// and report must agree.
import { EventEmitter, once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { pipeline, Readable, Writable } from 'node:stream'
import * as log from '@clew/log'
import * as metrics from '@clew/metrics'
import * as security from '@clew/security'
import * as server from '@clew/server'
import { listen } from '@clew/testing'
import * as trace from '@clew/trace'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'

const left = new EventEmitter()
const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
const service = { name: 'one-request', version: '1.0.0' }
const spans: { readonly kind: number; readonly attributes: Readonly<Record<string, unknown>> }[] =
  []
const lines: log.Line[] = []
let tracing: trace.Tracing
let meters: metrics.Meters
let logger: log.Logger

beforeAll(async () => {
  tracing = await trace.configure({
    service,
    sampler: 'always',
    queue: { delayMs: 1 },
    exporter: {
      export(batch, done) {
        spans.push(...batch)
        done({ code: 0 })
      },
      shutdown: async () => {},
    },
  })
  meters = await metrics.configure({ service, prometheus: true, runtime: false })
  const format = (line: log.Line) => {
    lines.push(line)
    return ''
  }
  logger = log.create({ outputs: { to: nowhere, format } })
})
afterAll(async () => {
  await Promise.all([tracing.shutdown(), meters.shutdown()])
})

type Handle = (req: IncomingMessage, res: ServerResponse) => void

/** Runs a server with all parts for one request, and returns what they recorded. */
async function serveOne(handle: Handle, client: (port: number) => Promise<unknown>) {
  spans.length = 0
  lines.length = 0
  const instance = server.create(handle, {
    service,
    address: '127.0.0.1:0',
    logger: {
      log: (...args) => logger.log(...args),
      http: () => logger.http({ always: true }),
    },
    // Without `shutdown`, since they outlive this server.
    tracing: { http: () => tracing.http() },
    metrics: { http: () => meters.http() },
  })
  const { address } = await instance.listen()
  const port = Number(new URL(address.url).port)
  const before = await scrape()
  await client(port)
  while (lines.filter(({ msg }) => msg === 'end').length === 0) {
    await new Promise(setImmediate)
  }
  const report = await instance.shutdown()
  await tracing.flush()
  const line = lines.find(({ msg }) => msg === 'end')?.fields ?? {}
  const span = spans.find(({ kind }) => kind === 1)
  const counted = (await scrape()).filter((row) => !before.includes(row))
  return { line, span, report, counted }
}

/** The rows of the request duration's count, with their labels. */
async function scrape(): Promise<readonly string[]> {
  const { url, close } = await listen(meters.handler)
  const text = await (await fetch(url)).text()
  await close()
  return text
    .split('\n')
    .filter((row) => row.startsWith('http_server_request_duration_seconds_count'))
}

const raw = async (port: number): Promise<Socket> => {
  const socket = connect(port, '127.0.0.1').on('error', () => {})
  socket.write('GET /orders HTTP/1.1\r\nhost: x\r\n\r\n')
  return socket.resume()
}
const reading = async (port: number) => {
  const socket = await raw(port)
  await once(socket, 'close')
}
const fetching = async (port: number) => {
  await (await fetch(`http://127.0.0.1:${port}/orders`)).text().catch(() => {})
}

const failing = () =>
  new Readable({
    read() {
      this.destroy(Object.assign(new Error('disk read failed'), { code: 'EIO' }))
    },
  })

describe('line, span and metric agree on how a request ended', () => {
  test.each<
    [
      string,
      Handle,
      (port: number) => Promise<unknown>,
      { status: number | undefined; type: string | undefined; line: object },
    ]
  >([
    [
      'answered',
      (_req, res) => res.end('x'),
      fetching,
      { status: 200, type: undefined, line: { 'http.status': 200 } },
    ],
    [
      'answered with 503',
      (_req, res) => res.writeHead(503).end(),
      fetching,
      { status: 503, type: '503', line: { 'http.status': 503 } },
    ],
    [
      'the handler throws',
      () => {
        throw new Error('out of stock')
      },
      fetching,
      {
        status: 500,
        type: '500',
        line: { 'http.status': 500, err: expect.objectContaining({ message: 'out of stock' }) },
      },
    ],
    [
      'the stream fails',
      (_req, res) => void pipeline(failing(), res, () => {}),
      reading,
      {
        status: undefined,
        type: 'EIO',
        line: {
          incomplete: true,
          err: expect.objectContaining({ message: 'disk read failed' }),
        },
      },
    ],
    [
      'the server destroys the response',
      (_req, res) => void res.destroy(),
      reading,
      { status: undefined, type: 'cut', line: { incomplete: true } },
    ],
    [
      'the client disconnects',
      (req) => void setImmediate(() => left.emit('go', req)),
      async (port) => {
        const socket = await raw(port)
        await once(left, 'go')
        socket.destroy()
      },
      { status: undefined, type: 'aborted', line: { 'http.status': 499, aborted: true } },
    ],
  ])('%s', async (_name, handle, client, expected) => {
    const { line, span, counted } = await serveOne(handle, client)
    expect(line).toMatchObject(expected.line)
    expect(span?.attributes['error.type']).toBe(expected.type)
    expect(span?.attributes['http.response.status_code']).toBe(expected.status)
    expect(counted).toHaveLength(1)
    const label = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(counted[0] ?? '')?.[1]
    expect(label('error_type')).toBe(expected.type)
    expect(label('http_response_status_code')).toBe(
      expected.status === undefined ? undefined : String(expected.status),
    )
  })
})

describe('the request is modified once', () => {
  test('all packages together add one symbol, and no listener to the response', async () => {
    const jwt = security.apiKey('key', { keys: [] as never[] })
    const api = security.create({ default: jwt, https: 'off' })
    const guard = api.method('read', security.noSecurity('test'))
    let keys: string[] = []
    let finish = 0
    let close = 0
    await serveOne((req, res) => {
      guard(req, res, () => {
        keys = Reflect.ownKeys(req).map(String)
        finish = res.listenerCount('finish')
        close = res.listenerCount('close')
        res.end()
      })
    }, fetching)
    expect(keys.filter((key) => key.includes('@clew/'))).toEqual(['Symbol(@clew/request/v1)'])
    const bare = await listen((_req, res) => {
      res.end(`${res.listenerCount('finish')} ${res.listenerCount('close')}`)
    })
    const [bareFinish, bareClose] = (await (await fetch(bare.url)).text()).split(' ').map(Number)
    await bare.close()
    expect([finish, close]).toEqual([bareFinish, bareClose])
  })
})
