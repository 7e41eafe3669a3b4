import { get, type IncomingHttpHeaders } from 'node:http'
import { listen } from '@clew/testing'
import * as trace from '@clew/trace'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { memory } from '../memory.ts'

// A proxy on node:http passes on what it was sent. Node can add headers to a request since 22.12.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const isLate = major < 22 || (major === 22 && minor < 12)
const theirs = 'a'.repeat(32)
const strangers = {
  traceparent: `00-${theirs}-${'b'.repeat(16)}-01`,
  tracestate: 'x=1',
  baggage: 'user=7',
}

let tracing: trace.Tracing
let reports: string[]
let received: IncomingHttpHeaders
let target: Awaited<ReturnType<typeof listen>>
beforeEach(async () => {
  tracing = await trace.configure({ service: { name: 't' }, exporter: memory(), sampler: 'always' })
  reports = []
  tracing.subscribe(({ type }) => reports.push(type))
  target = await listen((req, res) => {
    received = req.headers
    res.end()
  })
})
afterEach(async () => {
  await target.close()
  await tracing.shutdown()
})

/** What the target receives of a proxy that passes on headers as `passOn` says. */
async function proxied(passOn: (headers: IncomingHttpHeaders) => object) {
  const http = trace.http({ publicEndpoint: true })
  const traces: string[] = []
  const proxy = await listen((req, res) =>
    http(req, res, () => {
      traces.push(trace.inject<Record<string, string>>({})['traceparent']?.slice(3, 35) ?? '')
      const before = JSON.stringify(req.headers)
      const headers = passOn(req.headers) as IncomingHttpHeaders
      get(target.url, { headers }, (answer) =>
        answer.resume().on('end', () => res.end(String(before === JSON.stringify(req.headers)))),
      )
    }),
  )
  try {
    for (let count = 0; count < 2; count++) {
      expect(await (await fetch(proxy.url, { headers: strangers })).text()).toBe('true')
    }
  } finally {
    await proxy.close()
  }
  return { ours: traces.at(-1), sent: received['traceparent']?.slice(3, 35) }
}

test('inject into a copy of the headers: the context of the span, on every version of Node', async () => {
  const { ours, sent } = await proxied((headers) => trace.inject({ ...headers }))
  expect([sent, received['tracestate'], received['baggage']]).toEqual([ours, undefined, undefined])
  expect(reports).toEqual([])
})

describe.each<[string, (headers: IncomingHttpHeaders) => object]>([
  ['all headers', (headers) => headers],
  ['a list of them', (headers) => Object.entries(headers).flat()],
])('%s as they are', (_name, passOn) => {
  test(`${isLate ? 'the context of the caller, reported once' : 'the context of the span'}`, async () => {
    const { ours, sent } = await proxied(passOn)
    expect(sent).toBe(isLate ? theirs : ours)
    expect(received['baggage']).toBe(isLate ? strangers.baggage : undefined)
    expect(reports).toEqual(isLate ? ['trace.context_passed_on'] : [])
  })
})

test('baggage of the caller alone', async () => {
  const { sent } = await proxied(({ baggage }) => ({ baggage }))
  expect(sent === undefined).toBe(isLate)
  expect(reports).toEqual(isLate ? ['trace.context_passed_on'] : [])
})
