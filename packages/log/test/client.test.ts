import { get as httpGet, type IncomingMessage, type ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { quietly } from '@clew/internal/telemetry/suppression'
import type { Line } from '@clew/log'
import { listen } from '@clew/testing'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { Agent, request, fetch as undiciFetch } from 'undici'
import { memory } from './memory.ts'

let server: Awaited<ReturnType<typeof listen>>
beforeEach(async () => {
  server = await listen((req, res) => {
    if (answer !== undefined) answer(req, res)
    else if (req.url?.startsWith('/cut')) req.socket.destroy()
    else {
      res.statusCode = Number(/\d+/.exec(req.url ?? '')?.[0] ?? 200)
      res.end('body')
    }
  })
})
afterEach(async () => {
  for (const stop of stops.splice(0)) stop()
  answer = undefined
  await server.close()
})

const stops: (() => void)[] = []
/** What the server does instead of its default. */
let answer: ((req: IncomingMessage, res: ServerResponse) => void) | undefined

const agent = new Agent()
const clients: Record<string, (url: string) => Promise<unknown>> = {
  fetch: (url) => fetch(url).then((response) => response.text()),
  undici: (url) => request(url, { dispatcher: agent }).then(({ body }) => body.text()),
  'node:http': (url) =>
    new Promise((resolve, reject) => {
      let failure: unknown
      const sent = httpGet(url, (res) => res.resume())
      sent.once('error', (error) => {
        failure = error
      })
      // The line is written when it closes.
      sent.once('close', () => (failure === undefined ? resolve(undefined) : reject(failure)))
    }),
}

describe.each(Object.entries(clients))('%s', (_name, call) => {
  test('a good answer is a line that waits in the scope of the call', async () => {
    const { logger, lines } = memory()
    const stop = logger.client()
    await logger.scope({ job: 1 }, async () => {
      await call(`${server.url}/200?api_key=s3cret&a=1`)
      await call(`${server.url}/404`)
      expect(lines).toEqual([])
      logger.flush()
    })
    stop()
    await call(`${server.url}/503`)
    expect(lines.map(({ level, msg, fields }) => ({ level, msg, fields })).slice(0, 2)).toEqual([
      {
        level: 'info',
        msg: 'finished client HTTP request',
        fields: {
          job: 1,
          'http.method': 'GET',
          'http.url': `${server.url}/200?api_key=[redacted]&a=1`,
          'http.status': 200,
          'http.time_ms': expect.any(Number),
        },
      },
      expect.objectContaining({ fields: expect.objectContaining({ 'http.status': 404 }) }),
    ])
    expect(lines).toHaveLength(3)
  })

  test('a 5xx and no answer are errors, and release the scope of the call', async () => {
    const { logger, lines } = memory()
    const stop = logger.client({ ignore: (url) => url.endsWith('/telemetry') })
    logger.client()
    await logger.scope({ job: 2 }, async () => {
      logger.info('held')
      await call(`${server.url}/telemetry`)
      await call(`${server.url}/503`)
      await expect(call(`${server.url}/cut`)).rejects.toThrow()
    })
    stop()
    expect(lines.map(({ level, msg }) => [level, msg])).toEqual([
      ['info', 'held'],
      ['error', 'finished client HTTP request'],
      ['error', 'finished client HTTP request'],
      ['info', 'end'],
    ])
    expect(lines[2]?.fields).toMatchObject({ job: 2, err: { message: expect.any(String) } })
  })
})

/** Resolves with the first line about a request. */
async function finished(lines: readonly Line[]): Promise<Line> {
  for (;;) {
    const line = lines.find(({ msg }) => msg === 'finished client HTTP request')
    if (line !== undefined) return line
    await new Promise((resolve) => setImmediate(resolve))
  }
}

describe('the body of an error answer', () => {
  const get = () => request(server.url, { dispatcher: agent })

  function watch(maxErrorBodyBytes: number, ...[options]: Parameters<typeof memory>) {
    const { logger, lines } = memory(options)
    stops.push(logger.client({ maxErrorBodyBytes }))
    return lines
  }

  function answers(
    status: number,
    body: string | Buffer,
    headers: Readonly<Record<string, string>> = {},
  ) {
    answer = (_req, res) => res.writeHead(status, headers).end(body)
  }

  test('is shown, hides what is hidden, and reaches the application whole', async () => {
    const lines = watch(1000, { redact: { paths: ['user.card'] } })
    const body = JSON.stringify({ error: 'no such price', token: 's3cret', user: { card: '4711' } })
    answers(503, body, { 'content-type': 'application/problem+json; charset=utf-8' })
    expect(await (await get()).body.text()).toBe(body)
    expect((await finished(lines)).fields['http.body']).toBe(
      '{"error":"no such price","token":"[redacted]","user":{"card":"[redacted]"}}',
    )
  })

  test('is not shown of good answers, nor without being asked for', async () => {
    const [shown, not] = [watch(100), watch(0)]
    answers(404, 'not there')
    await (await get()).body.text()
    answers(500, 'broken')
    await (await get()).body.text()
    while (shown.length < 2) await new Promise((resolve) => setImmediate(resolve))
    expect(shown.map(({ fields }) => fields['http.body'])).toEqual([undefined, 'broken'])
    expect(not.map(({ fields }) => fields['http.body'])).toEqual([undefined, undefined])
  })

  test('is cut between characters at the bound', async () => {
    const lines = watch(9)
    const body = 'äöü'.repeat(100_000)
    answers(500, body, { 'content-type': 'text/plain; charset=utf-8' })
    expect(await (await get()).body.text()).toBe(body)
    expect((await finished(lines)).fields['http.body']).toBe('äöüä ... <truncated>')
  })

  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['deflate', deflateRawSync],
    ['br', brotliCompressSync],
  ])('is unpacked: %s', async (coding, pack) => {
    const lines = watch(500)
    const body = `{"password":"hunter2","error":"${'again and '.repeat(30)}"}`
    answers(500, pack(body), { 'content-type': 'application/json', 'content-encoding': coding })
    const response = await undiciFetch(server.url, { dispatcher: agent })
    const text = await response.text().catch(() => body)
    expect(text).toBe(body)
    expect((await finished(lines)).fields['http.body']).toBe(body.replace('hunter2', '[redacted]'))
  })

  test('a bomb is not unpacked; the beginning of a large one is', async () => {
    const bomb = watch(1000)
    answers(500, gzipSync(Buffer.alloc(1 << 24)), {
      'content-type': 'text/plain',
      'content-encoding': 'gzip',
    })
    await (await get()).body.arrayBuffer()
    expect((await finished(bomb)).fields['http.body']).toBe('[gzip, unreadable]')
    const lines = watch(1000)
    const noise = Array.from({ length: 5000 }, (_, n) => (n * 7919) % 10_007).join()
    answers(500, gzipSync(noise), { 'content-type': 'text/plain', 'content-encoding': 'gzip' })
    await (await get()).body.arrayBuffer()
    expect((await finished(lines)).fields['http.body']).toBe(
      `${noise.slice(0, 1000)} ... <truncated>`,
    )
  })

  test.each([
    [
      'JSON cut in the middle',
      '{"a":1,"password":"hunter2","b":"cccccccc',
      '{"a":1,"password":[redacted],"b":"cccccccc ... <truncated>',
    ],
    [
      'cut in a hidden value',
      '{"a":1,"password":"hunter2hunter2hunter22',
      '{"a":1,"password":[redacted] ... <truncated>',
    ],
    [
      'a hidden value that is an object',
      '{"credentials":{"a":"hunter2"},"b":"ccccc',
      '{"credentials":[redacted] ... <truncated>',
    ],
  ])('%s shows nothing hidden', async (_title, start, shown) => {
    const lines = watch(41)
    answers(500, start + 'x'.repeat(50), { 'content-type': 'application/json' })
    await (await get()).body.text()
    expect((await finished(lines)).fields['http.body']).toBe(shown)
  })

  test('a form hides its fields; what is no text is left out', async () => {
    const form = watch(100)
    answers(500, 'a=1&password=hunter2', { 'content-type': 'application/x-www-form-urlencoded' })
    await (await get()).body.text()
    expect((await finished(form)).fields['http.body']).toBe('a=1&password=[redacted]')
    for (const headers of [
      { 'content-type': 'image/png' },
      { 'content-type': 'text/plain', 'content-encoding': 'compress' },
      {},
    ]) {
      const lines = watch(100)
      answers(500, 'a\u0000b', headers)
      await (await get()).body.text()
      expect((await finished(lines)).fields).not.toHaveProperty('http.body')
    }
  })

  test('nobody reads it: the line comes all the same, with what has arrived', async () => {
    const lines = watch(20)
    answer = (_req, res) => void res.writeHead(500, { 'content-type': 'text/plain' }).write('begun')
    const { body } = await get()
    const { level, fields } = await finished(lines)
    expect([level, fields['http.body']]).toEqual(['error', 'begun'])
    body.on('error', () => {}).destroy()
    expect(lines).toHaveLength(1)
  })

  test('the application gives up: the line has what has arrived, once', async () => {
    const lines = watch(20)
    answer = (_req, res) => void res.writeHead(500, { 'content-type': 'text/plain' }).write('begun')
    const { body } = await get()
    body.once('data', () => body.destroy())
    await new Promise((resolve) => body.on('error', resolve).on('close', resolve))
    const { level, fields } = await finished(lines)
    expect([level, fields['http.body'], fields['aborted']]).toEqual(['error', 'begun', true])
  })

  test('the fetch of this Node: shown, or it is said once that it cannot be', async () => {
    const lines = watch(20)
    answers(500, 'broken', { 'content-type': 'text/plain' })
    for (let n = 0; n < 2; n++) expect(await (await fetch(server.url)).text()).toBe('broken')
    while (lines.filter(({ level }) => level === 'error').length < 2) {
      await new Promise((resolve) => setImmediate(resolve))
    }
    const bodies = lines.flatMap(({ fields }) => fields['http.body'] ?? [])
    const warnings = lines.filter(({ level }) => level === 'warn')
    const [major = 0, minor = 0] = (process.versions['undici'] ?? '').split('.').map(Number)
    const tells = major > 7 || (major === 7 && minor >= 11)
    expect([bodies, warnings.length]).toEqual(tells ? [['broken', 'broken'], 0] : [[], 1])
  })
})

test('a good answer that the application cancels is no error', async () => {
  const { logger, lines } = memory({ hold: false })
  stops.push(logger.client())
  answer = (_req, res) => void res.write('begun')
  const gone = new AbortController()
  const response = await fetch(server.url, { signal: gone.signal })
  gone.abort()
  await expect(response.text()).rejects.toThrow()
  const { level, fields } = await finished(lines)
  expect([level, fields['aborted'], fields['err']]).toEqual(['info', true, undefined])
})

test.each(
  Object.entries({
    fetch: (url: string, body: string | undefined, signal: AbortSignal) =>
      fetch(url, body === undefined ? { signal } : { method: 'POST', body, signal }),
    undici: (url: string, body: string | undefined, signal: AbortSignal) =>
      request(url, { dispatcher: agent, method: 'POST', body: body ?? null, signal }),
  }),
)('%s: nor is one that it gives up with a reason of its own', async (_name, call) => {
  const { logger, lines } = memory({ hold: false })
  stops.push(logger.client())
  for (const reason of [new Error('not needed'), 'not needed', { not: 'needed' }]) {
    for (const body of [undefined, 'body']) {
      const gone = new AbortController()
      answer = (req) => void req.resume().on('end', () => gone.abort(reason))
      await expect(call(server.url, body, gone.signal)).rejects.toBe(reason)
    }
  }
  while (lines.length < 6) await new Promise((resolve) => setImmediate(resolve))
  expect(lines.map(({ level, fields }) => [level, fields['aborted']])).toEqual(
    lines.map(() => ['info', true]),
  )
  expect(lines[0]?.fields['err']).toMatchObject({ message: 'not needed' })
})

test('a body that cannot be read on its way out is an error', async () => {
  const { logger, lines } = memory({ hold: false })
  stops.push(logger.client())
  answer = () => {}
  const body = new Readable({ read: () => void body.destroy(new Error('disk read failed')) })
  await expect(request(server.url, { dispatcher: agent, method: 'POST', body })).rejects.toThrow()
  const { level, fields } = await finished(lines)
  expect([level, fields['aborted']]).toEqual(['error', undefined])
})

test('options of a second one are not taken silently', async () => {
  const { logger, lines } = memory({ hold: false })
  stops.push(logger.client())
  logger.client()
  expect(lines).toEqual([])
  logger.client({ maxErrorBodyBytes: 100 })()
  expect(lines.map(({ level, fields }) => [level, fields])).toEqual([
    ['warn', { options: ['maxErrorBodyBytes'] }],
  ])
  await (await fetch(server.url)).text()
  expect((await finished(lines)).level).toBe('info')
})

test('time that is up is an error', async () => {
  const { logger, lines } = memory()
  stops.push(logger.client())
  answer = () => {}
  await expect(fetch(server.url, { signal: AbortSignal.timeout(300) })).rejects.toThrow()
  expect((await finished(lines)).level).toBe('error')
})

test('a function of the caller that throws costs nothing', async () => {
  const { logger, lines } = memory({ hold: false })
  const throwing = () => {
    throw new Error('no')
  }
  stops.push(logger.client({ isError: throwing, ignore: () => false, maxErrorBodyBytes: 10 }))
  answer = (_req, res) => res.writeHead(500).end('x')
  expect(await (await fetch(server.url)).text()).toBe('x')
  expect((await finished(lines)).fields['http.status']).toBe(500)
})

test('bad options are named', () => {
  const { logger } = memory()
  for (const options of [
    { isError: 1 },
    { ignore: 'x' },
    { ignore: [1] },
    { skip: () => true },
    { maxErrorBodyBytes: -1 },
  ]) {
    expect(() => logger.client(options as never)).toThrow(
      expect.objectContaining({ code: 'ERR_LOG_OPTION' }),
    )
  }
})

describe('node:http', () => {
  test('the URL is that of the server that is called, with its port and without credentials', async () => {
    const { logger, lines } = memory()
    stops.push(logger.client({ ignore: ['http://127.0.0.1:1/'] }))
    await clients['node:http']?.(`${server.url}/200?api_key=s3cret`)
    await expect(clients['node:http']?.('http://127.0.0.1:1/')).rejects.toThrow()
    expect(lines).toMatchObject([
      { level: 'info', fields: { 'http.url': `${server.url}/200?api_key=[redacted]` } },
    ])
  })

  test('nothing is said of bodies, which it never reports', async () => {
    const { logger, lines } = memory()
    stops.push(logger.client({ maxErrorBodyBytes: 100 }))
    answer = (_req, res) => res.writeHead(500, { 'content-length': 4 }).end('body')
    await clients['node:http']?.(server.url)
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatchObject({ level: 'error', fields: { 'http.status': 500 } })
  })

  test('a caller that gives up is no failure', async () => {
    const { logger, lines } = memory()
    stops.push(logger.client())
    answer = () => sent.destroy()
    const sent = httpGet(server.url).on('error', () => {})
    await new Promise((resolve) => sent.once('close', resolve))
    expect(lines).toMatchObject([{ level: 'info', fields: { aborted: true } }])
  })

  test('requests that export telemetry have no line', async () => {
    const { logger, lines } = memory()
    stops.push(logger.client())
    for (const call of Object.values(clients)) await quietly(() => call(server.url))
    expect(lines).toEqual([])
  })
})
