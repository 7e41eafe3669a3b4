import { once } from 'node:events'
import { type IncomingMessage, ServerResponse } from 'node:http'
import http2 from 'node:http2'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import * as log from '@clew/log'
import { listen } from '@clew/testing'
import { afterEach, describe, expect, test } from '@jest/globals'
import { memory } from './memory.ts'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()))
})

type Handler = (req: IncomingMessage, res: ServerResponse) => void

async function serve(
  handler: Handler,
  { hold, http }: { hold?: log.HoldOptions | false; http?: log.HttpOptions } = {},
) {
  const { logger, lines } = memory(hold === undefined ? {} : { hold })
  const watch = logger.http(http)
  const responses: ServerResponse[] = []
  const server = await listen((req, res) =>
    watch(req, res, () => {
      log.info('held')
      responses.push(res)
      handler(req, res)
    }),
  )
  open.push(server)
  return { ...server, lines, responses, watch }
}

/** The line that says that the request to this path is still open. */
async function line(lines: readonly log.Line[], path?: string): Promise<log.Line> {
  for (;;) {
    const found = lines.find(
      ({ msg, fields }) =>
        msg === 'still open' && (path === undefined || fields['http.url'] === path),
    )
    if (found !== undefined) return found
    await sleep(2)
  }
}

const reported = (lines: readonly log.Line[]) =>
  lines.filter(({ msg }) => msg === 'still open').map(({ fields }) => fields['http.url'])

async function ask(port: number, path = '/orders'): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').on('error', () => {})
  socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`)
  return socket
}

const told = (lines: readonly log.Line[]) => lines.map(({ level, msg }) => [level, msg])

describe('a client that gives up', () => {
  /** It leaves when the handler has been called. */
  async function leaves(handler: Handler, options: Parameters<typeof serve>[1]) {
    let called = () => {}
    const isCalled = new Promise<void>((resolve) => {
      called = resolve
    })
    const server = await serve((req, res) => {
      handler(req, res)
      called()
    }, options)
    const client = await ask(server.port)
    await isCalled
    client.destroy()
    const [res] = server.responses
    if (!res?.closed) await once(res as ServerResponse, 'close')
    return server.lines
  }

  test('after abortedMs without an answer has what was held written', async () => {
    const lines = await leaves(() => {}, { hold: { abortedMs: 0 } })
    expect(told(lines)).toEqual([
      ['info', 'held'],
      ['warn', 'end'],
    ])
    expect(lines[1]?.fields).toMatchObject({ 'http.status': 499, aborted: true })
    expect(lines[1]?.fields).not.toHaveProperty('slow')
  })

  test('after abortedMs has it written before the closing line of an access log too', async () => {
    const lines = await leaves(() => {}, { hold: { abortedMs: 0 }, http: { always: true } })
    expect(told(lines)).toEqual([
      ['info', 'held'],
      ['warn', 'end'],
    ])
  })

  test('earlier has changed his mind', async () => {
    const lines = await leaves(() => {}, { hold: { abortedMs: 60_000 } })
    expect(lines).toEqual([])
  })

  test('in the middle of the answer has not waited in vain', async () => {
    const lines = await leaves((_req, res) => void res.write('begun'), { hold: { abortedMs: 0 } })
    expect(lines).toEqual([])
  })

  test('on HTTP/2 is the same', async () => {
    const { logger, lines } = memory({ hold: { abortedMs: 0 } })
    const watch = logger.http()
    const server = http2.createServer((req, res) => {
      watch(req as unknown as IncomingMessage, res as unknown as ServerResponse, () => {
        log.info('held')
        stream.close(http2.constants.NGHTTP2_CANCEL)
      })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const session = http2.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const stream = session.request({ ':path': '/orders' }).on('error', () => {})
    await new Promise((resolve) => stream.on('close', resolve))
    session.close()
    await new Promise((resolve) => server.close(resolve))
    expect(told(lines)).toEqual([
      ['info', 'held'],
      ['warn', 'end'],
    ])
  })
})

describe('a request that is open for longer than hangMs', () => {
  test('is reported once while it hangs, with what it held', async () => {
    const { port, lines, responses } = await serve(() => {}, { hold: { hangMs: 20 } })
    const client = await ask(port)
    const report = await line(lines)
    expect(report).toMatchObject({
      level: 'warn',
      fields: { 'http.method': 'GET', 'http.url': '/orders', 'http.time_ms': expect.any(Number) },
    })
    expect(report.fields['http.time_ms']).toBeGreaterThanOrEqual(20)
    await ask(port, '/later')
    await line(lines, '/later')
    responses[0]?.end()
    await once(client, 'data')
    expect(told(lines.filter(({ fields }) => fields['http.url'] === '/orders'))).toEqual([
      ['info', 'held'],
      ['warn', 'still open'],
      ['info', 'end'],
    ])
  })

  test('is reported where nothing is held, or at level debug', async () => {
    const { logger, lines } = memory({ level: 'debug', hold: { hangMs: 20 } })
    const watch = logger.http()
    const server = await listen((req, res) => watch(req, res, () => {}))
    open.push(server)
    await ask(server.port)
    await line(lines)
  })

  test('is not, when its answer has begun, it is upgraded, ignored, or has ended', async () => {
    const { port, lines, server, watch } = await serve(
      (req, res) => {
        if (req.url === '/begun') res.write('begun')
        if (req.url === '/ended') res.end()
      },
      { hold: { hangMs: 20, slowMs: 60_000 } },
    )
    const upgraded: Socket[] = []
    server.on('upgrade', (req: IncomingMessage, socket: Socket) => {
      upgraded.push(socket)
      watch(req, new ServerResponse(req), () => log.info('upgraded'))
    })
    const upgrading = connect(port, '127.0.0.1').on('error', () => {})
    upgrading.write(
      'GET /ws HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n',
    )
    for (const path of ['/begun', '/ended', '/livez', '/hangs']) await ask(port, path)
    await line(lines, '/hangs')
    await ask(port, '/later')
    await line(lines, '/later')
    expect(upgraded).toHaveLength(1)
    upgraded[0]?.destroy()
    expect(reported(lines)).toEqual(['/hangs', '/later'])
  })

  test('is a job only where somebody asked for it', async () => {
    const asked = memory({ hold: { hangMs: 20 } })
    const others = memory()
    let finish = () => {}
    const gate = new Promise<void>((resolve) => {
      finish = resolve
    })
    const jobs = [asked, others].map(({ logger }) =>
      logger.scope({ job: 1 }, async () => {
        logger.info('held')
        await logger.scope({ part: 1 }, () => gate)
      }),
    )
    await line(asked.lines)
    finish()
    await Promise.all(jobs)
    expect(told(asked.lines)).toEqual([
      ['info', 'held'],
      ['warn', 'still open'],
      ['info', 'end'],
    ])
    expect(others.lines).toEqual([])
  })
})

test('a stream of events is meant to last: it is not slow', async () => {
  const { url, lines, responses } = await serve(
    (_req, res) => {
      res
        .writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
        .write('data: 1\n\n')
    },
    { hold: { slowMs: 0 } },
  )
  const response = await fetch(url)
  responses[0]?.end()
  await response.text()
  expect(lines).toEqual([])
})

test('what is slow by default is written down', () => {
  const logger = log.create({ outputs: [] }) as unknown as {
    engine: { limits: Record<string, unknown> }
  }
  expect(logger.engine.limits).toEqual({
    requests: { slowMs: 10_000, abortedMs: 1000, hangMs: 30_000 },
    jobs: { slowMs: Number.POSITIVE_INFINITY, abortedMs: 1000, hangMs: Number.POSITIVE_INFINITY },
    maxLinesAtExit: 10_000,
  })
})
