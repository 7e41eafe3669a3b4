import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import http2 from 'node:http2'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { pipeline, Readable } from 'node:stream'
import { listen } from '@clew/testing'
import { afterEach, describe, expect, test } from '@jest/globals'
import type { RequestPart, RequestRecord } from '../../src/requests/contract.ts'
import { Frame, frames, withTrace } from '../../src/requests/frame.ts'
import { recordOf } from '../../src/requests/record.ts'
import { findRecord } from '../../src/requests/slot.ts'
import type { Verdict } from '../../src/requests/verdict.ts'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()))
})

function deferred() {
  let resolve: () => void = () => {}
  const promise = new Promise<void>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}

const names = ['server', 'log', 'metrics', 'trace', 'security', 'debug'] as const

/** Records the verdict that each of the six parts gets for one request. */
class Recording {
  readonly verdicts: [part: string, verdict: Verdict][] = []
  private readonly settle: () => void
  readonly ended: Promise<void>

  constructor() {
    const { promise, resolve } = deferred()
    this.ended = promise
    this.settle = resolve
  }

  join(record: RequestRecord, res: ServerResponse): void {
    for (const name of names) {
      const part: RequestPart = {
        ended: (_record, verdict) => {
          this.verdicts.push([name, verdict])
          if (this.verdicts.length === names.length) this.settle()
        },
      }
      record[name] = part
      record.watch(res, part)
    }
  }

  get verdict(): Verdict {
    return this.verdicts[0]?.[1] as Verdict
  }
}

type Handle = (req: IncomingMessage, res: ServerResponse, record: RequestRecord) => void

async function serve(handle: Handle) {
  const recordings: Recording[] = []
  const server = await listen((req, res) => {
    const record = recordOf(req)
    const recording = new Recording()
    recordings.push(recording)
    recording.join(record, res)
    handle(req, res, record)
  })
  server.server.on('clientError', (_error, socket) => socket.destroy())
  open.push(server)
  return { ...server, recordings }
}

const get = (path = '/', method = 'GET') => `${method} ${path} HTTP/1.1\r\nhost: x\r\n\r\n`

/** Connects, sends `bytes`, and reads and discards the responses. */
async function ask(port: number, bytes: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').on('error', () => {})
  socket.write(bytes)
  socket.resume()
  return socket
}

const failing = () =>
  new Readable({
    read() {
      this.destroy(new Error('disk read failed'))
    },
  })

describe('one verdict, the same for every part', () => {
  const stay = (_socket: Socket) => {}
  test.each<
    [string, Handle, Partial<Verdict> & { readonly outcome: string }, (socket: Socket) => void]
  >([
    [
      'a complete response',
      (_req, res) => res.end('hello'),
      { outcome: 'answered', status: 200, bytes: 5, error: undefined },
      stay,
    ],
    [
      'a response with an error that the server recorded',
      (_req, res, record) => {
        record.error = 'the reason'
        res.writeHead(500).end()
      },
      { outcome: 'answered', status: 500, error: 'the reason' },
      stay,
    ],
    [
      'a stream that fails before the headers are sent',
      (_req, res) => void pipeline(failing(), res, () => {}),
      { outcome: 'failed', status: undefined, bytes: undefined },
      stay,
    ],
    [
      'destroy with an error, after the headers were sent',
      (_req, res) => {
        res.write('a')
        res.destroy(new Error('gave up'))
      },
      { outcome: 'failed', status: 200 },
      stay,
    ],
    [
      'destroy without an error',
      (_req, res) => void res.destroy(),
      { outcome: 'cut', status: undefined, error: undefined },
      stay,
    ],
    [
      'the server cuts the request at its deadline',
      (_req, res, record) => {
        record.cause = 'cut'
        res.write('a')
        res.destroy(new Error('deadline'))
      },
      { outcome: 'cut', status: 200 },
      stay,
    ],
    [
      'the server times out because the client is too slow',
      (req, _res, record) => {
        record.cause = 'timed_out'
        req.socket.destroy()
      },
      { outcome: 'timed_out', status: undefined },
      stay,
    ],
    [
      'a cause is ignored if the response was complete',
      (_req, res, record) => {
        record.cause = 'cut'
        res.end('x')
      },
      { outcome: 'answered', status: 200 },
      stay,
    ],
    [
      'a client that disconnects before the response',
      () => {},
      { outcome: 'aborted', status: undefined, error: undefined },
      (socket) => socket.destroy(),
    ],
    [
      'a client that resets the connection',
      (_req, res) => void res.write('a'),
      { outcome: 'aborted', status: 200 },
      (socket) => socket.resetAndDestroy(),
    ],
  ])('%s', async (_name, handle, expected, leave) => {
    const called = deferred()
    const { port, recordings } = await serve((req, res, record) => {
      handle(req, res, record)
      called.resolve()
    })
    const socket = await ask(port, get())
    await called.promise
    leave(socket)
    await recordings[0]?.ended
    expect(recordings[0]?.verdicts.map(([name]) => name)).toEqual(names)
    expect(new Set(recordings[0]?.verdicts.map(([, verdict]) => verdict)).size).toBe(1)
    expect(recordings[0]?.verdict).toMatchObject(expected)
    expect(recordings[0]?.verdict.durationMs).toBeGreaterThanOrEqual(0)
    socket.destroy()
  })

  test('an upgrade is upgraded', async () => {
    const recording = new Recording()
    const server = createServer()
    server.on('upgrade', (req, socket) => {
      const res = new (class extends Readable {})() as never as ServerResponse
      Object.assign(res, { headersSent: false, writableEnded: false, statusCode: 200 })
      recording.join(recordOf(req), res)
      res.destroy()
      socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\n')
    })
    const { port, close } = await listen(server)
    open.push({ close })
    await ask(port, 'GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n')
    await recording.ended
    expect(recording.verdict.outcome).toBe('upgraded')
  })

  test.each([
    ['answered', 200, (stream: http2.ClientHttp2Stream) => stream],
    [
      'aborted',
      200,
      (stream: http2.ClientHttp2Stream) => stream.close(http2.constants.NGHTTP2_CANCEL),
    ],
  ] as const)('HTTP/2: %s', async (outcome, status, leave) => {
    const recording = new Recording()
    const server = http2.createServer((req, res) => {
      res.stream.on('error', () => {})
      recording.join(recordOf(req as never), res as never)
      if (outcome === 'answered') res.end('hello')
      else res.write('begun')
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const session = http2.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const stream = session.request().on('error', () => {})
    await once(stream, 'data')
    leave(stream)
    await recording.ended
    expect(recording.verdict).toMatchObject({ outcome, status })
    session.destroy()
    await new Promise((resolve) => server.close(resolve))
  })

  test('a pipelined request behind one that is never answered', async () => {
    const { port, recordings } = await serve(() => {})
    const socket = await ask(port, get('/1') + get('/2'))
    while (recordings.length < 2) await new Promise(setImmediate)
    socket.destroy()
    await Promise.all(recordings.map(({ ended }) => ended))
    expect(recordings.map(({ verdict }) => verdict.outcome)).toEqual(['aborted', 'aborted'])
  })

  test('counts the body bytes of each response on one connection', async () => {
    const bodies = ['a', 'bb', 'ccc']
    const { port, recordings } = await serve((_req, res) => {
      const body = bodies[recordings.length - 1] ?? ''
      res.writeHead(200, { 'content-length': body.length })
      res.end(body)
    })
    const socket = await ask(port, get() + get() + get())
    while (recordings.length < 3) await new Promise(setImmediate)
    await Promise.all(recordings.map(({ ended }) => ended))
    expect(recordings.map(({ verdict }) => verdict.bytes)).toEqual([1, 2, 3])
    socket.destroy()
  })
})

describe('the bytes of a body', () => {
  const bodies = ['a', 'bb', 'ccc']
  /** With the framing of the one chunk. */
  const chunked = bodies.map((body) => body.length + '1\r\n\r\n0\r\n\r\n'.length)
  const write: readonly [string, (res: ServerResponse, body: string) => void, number[]][] = [
    ['a body whose length Node finds out', (res, body) => res.end(body), [1, 2, 3]],
    [
      'a body in chunks',
      (res, body) => {
        res.write(body)
        res.end()
      },
      chunked,
    ],
    [
      'one with a header that was sent ahead, the others at once',
      (res, body) => {
        if (body === 'bb') res.flushHeaders()
        res.end(body)
      },
      [1, chunked[1] as number, 3],
    ],
  ]
  for (const isPipelined of [false, true]) {
    const how = isPipelined ? 'pipelined' : 'one after the other'
    test.each(write)(`${how}: %s`, async (_name, answer, expected) => {
      const { port, recordings } = await serve((_req, res) =>
        answer(res, bodies[recordings.length - 1] ?? ''),
      )
      const socket = await ask(port, isPipelined ? get() + get() + get() : '')
      for (let index = 0; index < 3; index++) {
        if (!isPipelined) socket.write(get())
        while (recordings.length <= index) await new Promise(setImmediate)
        await recordings[index]?.ended
      }
      expect(recordings.map(({ verdict }) => verdict.bytes)).toEqual(expected)
      socket.destroy()
    })
  }

  test('what was sent between two that are watched does not count', async () => {
    const recording = new Recording()
    let count = 0
    const server = await listen((req, res) => {
      if (count++ === 1) recording.join(recordOf(req), res)
      res.write('four')
      res.end()
    })
    open.push(server)
    const socket = await ask(server.port, get())
    await once(socket, 'data')
    socket.write(get())
    await recording.ended
    expect(recording.verdict.bytes).toBe('4\r\nfour\r\n0\r\n\r\n'.length)
    socket.destroy()
  })
})

describe('one record for each request', () => {
  test('two copies of this module share it', async () => {
    // The built module stands for the copy in another package.
    const copy = (await import(String('../../dist/requests/record.js'))) as {
      recordOf: typeof recordOf
    }
    const req = { emit() {} } as never as IncomingMessage
    const record = recordOf(req)
    expect(copy.recordOf(req)).toBe(record)
    expect(findRecord(req)).toBe(record)
  })

  test('adds two properties to the request, one to the response, and no listener', async () => {
    const { url } = await serve((req, res, record) => {
      record.run(() => {
        record.run(() => {})
      })
      record.watch(res, {})
      const added = Reflect.ownKeys(req).filter(
        (key) => key === 'emit' || String(key).includes('@clew/'),
      )
      res.end(
        JSON.stringify({
          added: added.map(String),
          close: res.listenerCount('close'),
          finish: res.listenerCount('finish'),
          own: Object.hasOwn(res, 'emit'),
        }),
      )
    })
    const bare = await listen((_req, res) => {
      res.end(
        JSON.stringify({ close: res.listenerCount('close'), finish: res.listenerCount('finish') }),
      )
    })
    open.push(bare)
    const { close, finish } = (await (await fetch(bare.url)).json()) as {
      close: number
      finish: number
    }
    expect(await (await fetch(url)).json()).toEqual({
      added: expect.arrayContaining(['emit', 'Symbol(@clew/request/v1)']),
      close,
      finish,
      own: true,
    })
  })

  test('a part that watches after the end is still notified, once', async () => {
    const late: string[] = []
    const { port, recordings } = await serve((_req, res) => res.end())
    const server = open[0] as unknown as { server: { once(name: string, fn: Handle): void } }
    const pair = new Promise<[IncomingMessage, ServerResponse]>((resolve) => {
      server.server.once('request', (req, res) => resolve([req, res]))
    })
    const socket = await ask(port, get())
    const [req, res] = await pair
    await recordings[0]?.ended
    recordOf(req).watch(res, { ended: (_record, { outcome }) => void late.push(outcome) })
    await new Promise(setImmediate)
    expect(late).toEqual(['answered'])
    socket.destroy()
  })

  test('a part that throws does not affect the others', async () => {
    const outcomes: string[] = []
    const done = deferred()
    const server = await listen((req, res) => {
      const record = recordOf(req)
      record.log = {
        ended() {
          throw new Error('log')
        },
      }
      record.trace = {
        ended(_record, { outcome }) {
          outcomes.push(outcome)
          done.resolve()
        },
      }
      record.watch(res, record.log)
      record.watch(res, record.trace)
      res.end()
    })
    open.push(server)
    await (await fetch(server.url)).text()
    await done.promise
    expect(outcomes).toEqual(['answered'])
  })
})

describe('one context for each request', () => {
  test('listeners of the request run in its frame, wherever the event is emitted', async () => {
    const seen: unknown[] = []
    const { url } = await serve((req, res, record) => {
      record.frame.log = 'scope'
      record.run(() => {
        req.on('data', () => seen.push(frames.getStore()?.log))
        req.on('end', () => {
          seen.push(frames.getStore()?.log)
          setImmediate(() => {
            seen.push(frames.getStore()?.log)
            res.end()
          })
        })
      })
      seen.push(frames.getStore())
    })
    await fetch(url, { method: 'POST', body: 'x' })
    expect(seen).toEqual([undefined, 'scope', 'scope', 'scope'])
  })

  test.each(
    ['HTTP/1', 'HTTP/2'].flatMap((over) => ['at once', 'at finish'].map((when) => [over, when])),
  )('%s: so does one for the end of the body that is added %s', async (over, when) => {
    const seen = deferred()
    let scope: unknown
    const handle = (req: IncomingMessage, res: ServerResponse) => {
      const record = recordOf(req)
      record.watch(res, {})
      record.frame.log = 'scope'
      const listen = () => {
        req.on('end', () => {
          scope = frames.getStore()?.log
          seen.resolve()
        })
        req.resume()
      }
      record.run(() => {
        if (when === 'at once') listen()
        else res.on('finish', listen)
        res.end()
      })
    }
    const server = over === 'HTTP/1' ? createServer(handle) : http2.createServer(handle as never)
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as AddressInfo
    if (over === 'HTTP/1') {
      const socket = connect(port, '127.0.0.1')
      socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\na')
      await once(socket, 'data')
      socket.write('b')
      await seen.promise
      socket.destroy()
    } else {
      const client = http2.connect(`http://127.0.0.1:${port}`)
      const stream = client.request({ ':method': 'POST', ':path': '/' })
      stream.resume().write('a')
      await once(stream, 'response')
      stream.end('b')
      await seen.promise
      client.destroy()
    }
    server.close()
    expect(scope).toBe('scope')
  })

  test('the next request on a keep-alive connection does not inherit it', async () => {
    const seen: unknown[] = []
    const { port, recordings } = await serve((_req, res, record) => {
      seen.push(frames.getStore())
      record.frame.log = 'scope'
      record.run(() => res.end())
    })
    const socket = await ask(port, get() + get())
    while (recordings.length < 2) await new Promise(setImmediate)
    expect(seen).toEqual([undefined, undefined])
    socket.destroy()
  })

  test('runs only once if nested, but again inside another frame', () => {
    const record = recordOf({ emit() {} } as never)
    record.run(() => {
      expect(frames.getStore()).toBe(record.frame)
      record.run(() => expect(frames.getStore()).toBe(record.frame))
      const inner = new Frame('span', 'scope', undefined)
      frames.run(inner, () => {
        record.run(() => expect(frames.getStore()).toBe(record.frame))
        expect(frames.getStore()).toBe(inner)
      })
    })
  })

  test('runs inside `around`', () => {
    const record = recordOf({ emit() {} } as never)
    let depth = 0
    record.around = (fn) => {
      depth++
      try {
        return fn()
      } finally {
        depth--
      }
    }
    expect(record.run(() => [depth, frames.getStore() === record.frame])).toEqual([1, true])
  })

  test('keeps a span or scope that was opened before the middleware', () => {
    const record = recordOf({ emit() {} } as never)
    const seen = () => [frames.getStore()?.trace, frames.getStore()?.log]
    record.runWith('trace', 'server span', () => {
      frames.run(withTrace('own span'), () => {
        record.runWith('log', 'scope', () => expect(seen()).toEqual(['own span', 'scope']))
      })
      record.run(() => expect(seen()).toEqual(['server span', 'scope']))
    })
  })

  test('keeps a span or scope that was opened outside the request', () => {
    const around = recordOf({ emit() {} } as never)
    const seen = () => [frames.getStore()?.trace, frames.getStore()?.log]
    frames.run(new Frame('outer span', undefined, undefined), () => {
      around.runWith('log', 'scope', () => expect(seen()).toEqual(['outer span', 'scope']))
    })
    const other = recordOf({ emit() {} } as never)
    frames.run(new Frame('outer span', 'outer scope', undefined), () => {
      other.runWith('log', 'scope', () => {
        other.runWith('trace', 'server span', () =>
          expect(seen()).toEqual(['server span', 'scope']),
        )
      })
    })
  })
})
