import { once } from 'node:events'
import { connect } from 'node:net'
import { type Listening, listen } from '@clew/testing'
import * as trace from '@clew/trace'
import { afterEach, describe, expect, test } from '@jest/globals'
import type { TextMapPropagator } from '@opentelemetry/api'
import { memory } from './memory.ts'

// A function of the user that throws is reported, and costs what it was for, not the request.

let tracing: trace.Tracing | undefined
let server: Listening | undefined

afterEach(async () => {
  await server?.close()
  await tracing?.shutdown()
  server = undefined
  tracing = undefined
})

async function start(options: Partial<trace.ConfigureOptions> = {}) {
  const spans = memory()
  const reports: trace.Report[] = []
  tracing = await trace.configure({
    service: { name: 't' },
    exporter: spans,
    sampler: 'always',
    clients: false,
    ...options,
  })
  tracing.subscribe((report) => reports.push(report))
  return { spans, reports }
}

const broken = () => {
  throw new Error('callback')
}
const rejecting = async () => {
  throw new Error('callback')
}
const promise = 'it must not return a promise'

describe.each([
  ['throws', broken, 'callback'],
  ['rejects', rejecting, promise],
  ['resolves', async () => true, promise],
])('a function of trace.http that %s', (_how, callback, reason) => {
  test.each(['attributes', 'ignore', 'publicEndpoint'] as const)('%s', async (option) => {
    const { spans, reports } = await start()
    const middleware = trace.http({ [option]: callback } as trace.HttpOptions)
    server = await listen((req, res) => middleware(req, res, () => res.end('ok')))
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
    for (const path of ['/a', '/b']) {
      const answer = await fetch(server.url + path, { headers: { traceparent } })
      expect(await answer.text()).toBe('ok')
    }
    await tracing?.flush()
    expect(spans.spans.map(({ attributes }) => attributes['url.path'])).toEqual(['/a', '/b'])
    // A caller that cannot be judged is a stranger.
    const isPublic = option === 'publicEndpoint'
    expect(spans.spans.map(({ links }) => links.length)).toEqual(isPublic ? [1, 1] : [0, 0])
    const subject = `${option} of trace.http`
    expect(reports).toEqual([
      {
        type: 'trace.callback_failed',
        level: 'warn',
        message: `${subject} threw: ${reason}`,
        fields: { callback: subject, reason },
      },
    ])
  })
})

test.each([
  ['undefined', undefined],
  ['null', null],
  [
    'attributes with a getter that throws',
    {
      get tenant() {
        return broken()
      },
    },
  ],
])('attributes that are %s harm nobody', async (_name, given) => {
  await start()
  const middleware = trace.http({ attributes: () => given as never })
  server = await listen((req, res) => middleware(req, res, () => res.end('ok')))
  expect(await (await fetch(server.url)).text()).toBe('ok')
})

test('a sampler that throws, or answers nothing: no span, and the trace goes on', async () => {
  for (const shouldSample of [broken, () => undefined, () => null]) {
    const sampler = { shouldSample, toString: () => 'broken' } as unknown as trace.Sampler
    const { spans, reports } = await start({ sampler })
    const middleware = trace.http()
    const headers: Record<string, string> = {}
    server = await listen((req, res) =>
      middleware(req, res, () => {
        trace.inject(headers)
        res.end(trace.span('inside', () => 'ok'))
      }),
    )
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
    expect(await (await fetch(server.url, { headers: { traceparent } })).text()).toBe('ok')
    expect(headers['traceparent']).toBe(traceparent)
    await tracing?.flush()
    expect(spans.spans).toEqual([])
    expect(reports.map(({ type }) => type)).toEqual(['trace.callback_failed'])
    await server.close()
    await tracing?.shutdown()
  }
  server = undefined
})

test('key of adaptiveSampler: the default key stands in', async () => {
  const { spans, reports } = await start({ sampler: trace.adaptiveSampler({ key: broken }) })
  expect(trace.span('x', () => 1)).toBe(1)
  await tracing?.flush()
  expect(spans.spans).toHaveLength(1)
  expect(reports.map(({ message }) => message)).toEqual([
    'key of trace.adaptiveSampler threw: callback',
  ])
})

test('a propagator that throws does not keep the others from theirs', async () => {
  const failing: TextMapPropagator = { inject: broken, extract: broken, fields: broken }
  const working: TextMapPropagator = {
    inject: (_context, carrier, setter) => setter.set(carrier, 'x-own', '1'),
    extract: (context) => context,
    fields: () => ['x-own'],
  }
  const { reports } = await start({ propagators: [failing, working] })
  expect(trace.span('x', () => trace.inject({}))).toEqual({ 'x-own': '1' })
  expect(trace.receive('x', { 'x-own': '1' }, () => 1)).toBe(1)
  expect(reports.map(({ type }) => type)).toEqual(['trace.callback_failed'])
})

test('without configure it goes to stderr, once', async () => {
  const written: string[] = []
  const { write } = process.stderr
  process.stderr.write = ((text: string) => written.push(text) > 0) as never
  try {
    const middleware = trace.http({ ignore: broken })
    server = await listen((req, res) => middleware(req, res, () => res.end('ok')))
    for (let count = 0; count < 3; count++) {
      const socket = connect(server.port, '127.0.0.1')
      socket.write('GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')
      await once(socket.resume(), 'close')
    }
  } finally {
    process.stderr.write = write
  }
  expect(written).toEqual(['@clew/trace warn: ignore of trace.http threw: callback\n'])
})
