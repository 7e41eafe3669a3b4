import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, get } from 'node:http'
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as server from '@clew/server'
import {
  Client,
  credentials,
  Server as GrpcServer,
  logVerbosity,
  ServerCredentials,
  type ServerUnaryCall,
  type sendUnaryData,
  setLogVerbosity,
} from '@grpc/grpc-js'
import { afterEach, describe, expect, test } from '@jest/globals'

setLogVerbosity(logVerbosity.NONE)

const lines: { level: string; message: string; fields: Record<string, unknown> }[] = []
const logger: server.LoggerPart = {
  log: (level, message, fields = {}) => void lines.push({ level, message, fields }),
}
const shutdown = { lingerMs: 50, timeoutMs: 1_500, abortMs: 200 }
const options = { logger, shutdown }
const running = new Set<server.Lifecycle>()
const sessions = new Set<ClientHttp2Session>()
afterEach(async () => {
  for (const session of sessions) session.destroy()
  await Promise.all([...running].map((life) => life.shutdown()))
  running.clear()
  lines.length = 0
})

function started<T extends server.Lifecycle>(life: T): T {
  running.add(life)
  return life
}

interface Answer {
  readonly status: number
  readonly body: string
  readonly headers: Record<string, unknown>
}

function ask(url: string | { socketPath: string }, path = '/'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(typeof url === 'string' ? url : 'http://x')
    const to = typeof url === 'string' ? { hostname, port } : url
    get({ ...to, path, agent: false }, (res) => {
      let body = ''
      res.setEncoding('utf8').on('data', (text) => {
        body += text
      })
      res.on('end', () => resolve({ status: res.statusCode ?? 0, body, headers: res.headers }))
    }).on('error', reject)
  })
}

async function session(url: string): Promise<ClientHttp2Session> {
  const client = connectHttp2(url)
  sessions.add(client)
  client.on('error', () => {})
  await once(client, 'connect')
  return client
}

async function stream(client: ClientHttp2Session, path = '/') {
  const request = client.request({ ':path': path })
  const [headers] = await once(request, 'response')
  let body = ''
  for await (const chunk of request.setEncoding('utf8')) body += chunk
  return { status: headers[':status'], body }
}

function gate() {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open, opened }
}

describe('lifecycle', () => {
  test('several listeners start, drain and end together, with one report', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'clew-'))
    const path = join(folder, 'socket')
    const order: string[] = []
    const reached = gate()
    const release = gate()
    const life = started(
      server.lifecycle(
        [
          server.listener((_req, res) => res.end('first'), { address: '127.0.0.1:0' }),
          server.listener(
            async (_req, res) => {
              reached.open()
              await release.opened
              res.end('second')
            },
            { address: { path } },
          ),
        ],
        {
          ...options,
          onDrain: () => void order.push('drain'),
          onShutdown: [() => void order.push('hook')],
        },
      ),
    )
    const { address, addresses } = await life.listen()
    expect(addresses).toEqual([address, { url: `unix:${path}`, path }])
    expect(await ask(address.url)).toMatchObject({ status: 200, body: 'first' })
    const slow = ask({ socketPath: path })
    await reached.opened
    expect(life.inFlight).toBe(1)
    const stopped = life.shutdown('test')
    release.open()
    expect(await slow).toMatchObject({ body: 'second', headers: { connection: 'close' } })
    expect(await stopped).toMatchObject({ clean: true, inFlight: 1, answered: 1, grpc: [] })
    expect(order).toEqual(['drain', 'hook'])
    expect(lines.filter(({ message }) => message === 'server listening')).toHaveLength(1)
    rmSync(folder, { recursive: true })
  })

  test('what cannot be bound leaves nothing bound', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as { port: number }
    const first = server.listener((_req, res) => res.end(), { address: '127.0.0.1:0' })
    const life = started(
      server.lifecycle(
        [first, server.listener(() => {}, { address: { host: '127.0.0.1', port } })],
        options,
      ),
    )
    await expect(life.listen()).rejects.toMatchObject({ code: 'ERR_SERVER_LISTEN' })
    expect(life.state).toBe('created')
    taken.close()
    await once(taken, 'close')
    const { address } = await life.listen()
    expect((await ask(address.url)).status).toBe(200)
  })

  test('without listeners there is the one for admin, and no drain delay', async () => {
    const order: string[] = []
    const life = started(
      server.lifecycle([], {
        ...options,
        admin: { address: '127.0.0.1:0' },
        shutdown: { drainDelayMs: 600_000, timeoutMs: 700_000 },
        onDrain: () => void order.push('drain'),
        onShutdown: [() => void order.push('hook')],
      }),
    )
    const { address, addresses, admin } = await life.listen()
    expect([address, addresses]).toEqual([admin, []])
    expect((await ask(`${address.url}/readyz`)).status).toBe(200)
    const line = lines.find(({ message }) => message === 'server listening')
    expect(line?.fields).toMatchObject({ admin_url: address.url })
    expect(line?.fields).not.toHaveProperty('url')
    expect(await life.shutdown('test')).toMatchObject({ clean: true, inFlight: 0 })
    expect(order).toEqual(['drain', 'hook'])
  })

  test('an empty list needs admin', () => {
    expect(() => server.lifecycle([])).toThrow(/at least one listener, unless there is `admin`/)
  })

  for (const listeners of [undefined, [], {}, [1], [null], [{}], [() => {}]]) {
    test(`refuses ${JSON.stringify(listeners)}`, () => {
      expect(() => server.lifecycle(listeners as never)).toThrow(
        expect.objectContaining({ code: 'ERR_SERVER_OPTION' }),
      )
    })
  }

  test('options of one listener are refused for all of them', async () => {
    const one = server.listener(() => {})
    for (const wrong of [{ address: ':1' }, { http2: true }, { tls: { cert: 'a', key: 'b' } }]) {
      await expect(server.serve([one], wrong)).rejects.toMatchObject({
        code: 'ERR_SERVER_OPTION',
        message: expect.stringMatching(/an option of one of the listeners/),
      })
      expect(() => server.lifecycle([one], wrong as never)).toThrow(/unknown option/)
    }
  })
})

describe('HTTP/2', () => {
  test('and HTTP/1 are answered on one port, and pass the parts', async () => {
    const seen: string[] = []
    const app = started(
      server.create((req, res) => res.end(`HTTP/${req.httpVersion}`), {
        ...options,
        address: '127.0.0.1:0',
        http2: true,
        probes: true,
        tracing: {
          http: () => (req, _res, next) => {
            seen.push(req.httpVersion)
            next()
          },
        },
      }),
    )
    const { address } = await app.listen()
    expect(await stream(await session(address.url))).toEqual({ status: 200, body: 'HTTP/2.0' })
    expect(await ask(address.url)).toMatchObject({ status: 200, body: 'HTTP/1.1' })
    expect(await ask(address.url, '/readyz')).toMatchObject({ status: 200 })
    expect(seen).toEqual(['2.0', '1.1'])
  })

  test('a preface in single bytes, and a request that only begins like one', async () => {
    const app = started(
      server.create((_req, res) => res.end('ok'), {
        ...options,
        address: '127.0.0.1:0',
        http2: true,
      }),
    )
    const { address } = await app.listen()
    const { connect } = await import('node:net')
    for (const [bytes, expected] of [
      ['PROPFIND / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', /^HTTP\/1\.1 200/],
      ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0', /^\0\0.\x04/s],
    ] as const) {
      const socket = connect(address.port ?? 0, '127.0.0.1').setNoDelay()
      await once(socket, 'connect')
      const answer = once(socket.setEncoding('latin1'), 'data')
      for (const byte of bytes) {
        socket.write(byte, 'latin1')
        await new Promise((resolve) => setImmediate(resolve))
      }
      expect((await answer)[0]).toMatch(expected)
      socket.destroy()
    }
  })

  test('while draining, streams end, and the session with them', async () => {
    const reached = gate()
    const release = gate()
    const app = started(
      server.create(
        async (_req, res) => {
          reached.open()
          await release.opened
          res.end('done')
        },
        { ...options, address: '127.0.0.1:0', http2: true },
      ),
    )
    const { address } = await app.listen()
    const client = await session(address.url)
    const told = once(client, 'goaway')
    const answer = stream(client)
    await reached.opened
    const stopped = app.shutdown('test')
    await told
    release.open()
    expect(await answer).toEqual({ status: 200, body: 'done' })
    expect(await stopped).toMatchObject({ clean: true, inFlight: 1, answered: 1, cut: 0 })
  })

  test('a body that does not come is answered 408, and other streams live', async () => {
    const app = started(
      server.create(
        async (req, res) => {
          for await (const _ of req);
          res.end('ok')
        },
        { ...options, address: '127.0.0.1:0', http2: true, timeouts: { readMs: 300 } },
      ),
    )
    const { address } = await app.listen()
    const client = await session(address.url)
    const slow = client.request({ ':path': '/', ':method': 'POST' })
    slow.on('error', () => {})
    slow.write('half')
    const [headers] = await once(slow, 'response')
    expect(headers[':status']).toBe(408)
    expect(await stream(client)).toEqual({ status: 200, body: 'ok' })
    expect((await app.shutdown()).refused).toMatchObject({ timeout: 1 })
  })

  test('a slow handler is not taken for a slow body', async () => {
    const app = started(
      server.create((_req, res) => void setTimeout(() => res.end('late'), 700), {
        ...options,
        address: '127.0.0.1:0',
        http2: true,
        timeouts: { readMs: 250 },
      }),
    )
    const { address } = await app.listen()
    expect(await stream(await session(address.url))).toEqual({ status: 200, body: 'late' })
  })

  test('a session without streams is closed, and one whose client does not read is cut', async () => {
    const app = started(
      server.create((req, res) => res.end(Buffer.alloc(req.url === '/' ? 10 : 4_000_000)), {
        ...options,
        address: '127.0.0.1:0',
        http2: true,
        timeouts: { readHeaderMs: 300, readMs: 1_000, idleMs: 300, writeMs: 300 },
      }),
    )
    const { address } = await app.listen()
    const unused = await session(address.url)
    await once(unused, 'close')
    const idle = await session(address.url)
    await stream(idle)
    await once(idle, 'close')
    const stuck = (await session(address.url)).request({ ':path': '/large' }).on('error', () => {})
    await once(stuck, 'response')
    await new Promise((resolve) => stuck.on('close', resolve))
    expect((await app.shutdown()).refused).toMatchObject({ stalled: 1 })
  })
})

describe('gRPC', () => {
  const service = {
    echo: {
      path: '/test.Echo/Echo',
      requestStream: false,
      responseStream: false,
      requestSerialize: (value: Buffer) => value,
      requestDeserialize: (value: Buffer) => value,
      responseSerialize: (value: Buffer) => value,
      responseDeserialize: (value: Buffer) => value,
    },
  } as const

  async function start(answer: (reply: (text: string) => void) => void) {
    const grpc = new GrpcServer()
    grpc.addService(service, {
      echo: (_call: ServerUnaryCall<Buffer, Buffer>, reply: sendUnaryData<Buffer>) =>
        answer((text) => reply(null, Buffer.from(text))),
    })
    const life = started(
      server.lifecycle(
        [
          server.listener((_req, res) => res.end('http'), { address: '127.0.0.1:0' }),
          server.grpc(grpc, {
            address: '127.0.0.1:0',
            credentials: ServerCredentials.createInsecure(),
          }),
        ],
        options,
      ),
    )
    const { addresses } = await life.listen()
    const port = addresses[1]?.port
    expect(addresses[1]).toEqual({ url: `grpc://127.0.0.1:${port}`, host: '127.0.0.1', port })
    const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure())
    const call = () =>
      new Promise<string>((resolve, reject) => {
        client.makeUnaryRequest(
          service.echo.path,
          service.echo.requestSerialize,
          service.echo.responseDeserialize,
          Buffer.from('x'),
          (error, value) => (error ? reject(error) : resolve(String(value))),
        )
      })
    return { life, call, port, url: addresses[0]?.url ?? '', close: () => client.close() }
  }

  test('is bound and ends with the others; calls may end', async () => {
    const reached = gate()
    const release = gate()
    const { life, call, url, close } = await start(async (reply) => {
      reached.open()
      await release.opened
      reply('answer')
    })
    expect(await ask(url)).toMatchObject({ body: 'http' })
    const answer = call()
    await reached.opened
    const stopped = life.shutdown('test')
    release.open()
    expect(await answer).toBe('answer')
    const report = await stopped
    expect(report).toMatchObject({ clean: true, grpc: [{ name: '127.0.0.1:0', outcome: 'done' }] })
    expect(lines.at(-1)?.fields['grpc']).toEqual([expect.stringMatching(/^127\.0\.0\.1:0 done /)])
    close()
  })

  test('a call that does not end is cut at the deadline, and the shutdown is not clean', async () => {
    const reached = gate()
    const { life, call, close } = await start(() => reached.open())
    const answer = call()
    answer.catch(() => {})
    await reached.opened
    expect(await life.shutdown('test')).toMatchObject({
      clean: false,
      grpc: [{ outcome: 'failed', error: expect.stringMatching(/^calls were cut after \d+ ms$/) }],
    })
    await expect(answer).rejects.toMatchObject({ code: expect.any(Number) })
    close()
  })

  test('a port in use is an error of one line', async () => {
    const { port, close } = await start(() => {})
    const grpc = server.grpc(new GrpcServer(), {
      address: { host: '127.0.0.1', port: port ?? 0 },
      credentials: ServerCredentials.createInsecure(),
    })
    await expect(server.lifecycle([grpc], options).listen()).rejects.toMatchObject({
      code: 'ERR_SERVER_LISTEN',
      message: expect.stringMatching(/^cannot listen on 127\.0\.0\.1:\d+: [^\n]+$/),
    })
    close()
  })

  for (const [given, credential] of [
    [{}, ServerCredentials.createInsecure()],
    [undefined, ServerCredentials.createInsecure()],
    [new GrpcServer(), undefined],
  ]) {
    test(`refuses ${JSON.stringify(given)?.slice(0, 10)} with ${typeof credential}`, () => {
      expect(() => server.grpc(given as never, { credentials: credential })).toThrow(
        expect.objectContaining({ code: 'ERR_SERVER_OPTION' }),
      )
    })
  }
})
