// The route of a request is that of the handler that answered, and its status says whether it is an
// error: in the span, the metric and the line alike, and in every framework.
import { Writable } from 'node:stream'
import * as log from '@clew/log'
import * as metrics from '@clew/metrics'
import * as trace from '@clew/trace'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { applications, type Expected, type Running } from './routes/applications.ts'
import { logging, measuring, together, tracing as tracingWatchers } from './routes/watchers.ts'

interface ReadSpan {
  readonly kind: number
  readonly name: string
  readonly status: { readonly code: number }
  readonly events: readonly unknown[]
  readonly attributes: Readonly<Record<string, unknown>>
}

const service = { name: 'routes' }
const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
const spans: ReadSpan[] = []
const lines: log.Line[] = []
let points: { readonly attributes: Readonly<Record<string, unknown>> }[] = []
let tracing: trace.Tracing
let meters: metrics.Meters
let logger: log.Logger

beforeAll(async () => {
  tracing = await trace.configure({
    service,
    sampler: 'always',
    clients: false,
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
        points = collected.scopeMetrics
          .flatMap((scope) => scope.metrics)
          .filter(({ descriptor }) => descriptor.name === 'http.server.request.duration')
          .flatMap(({ dataPoints }): typeof points => dataPoints)
        done({ code: 0 })
      },
      forceFlush: async () => {},
      shutdown: async () => {},
      // Each collection has what came since the one before.
      selectAggregationTemporality: () => 0,
    },
  })
  const format = (line: log.Line) => {
    lines.push(line)
    return ''
  }
  logger = log.create({ outputs: { to: nowhere, format } })
})
afterAll(async () => {
  await Promise.all([tracing.shutdown(), meters.shutdown()])
})
beforeEach(async () => {
  await Promise.all([tracing.flush(), meters.flush()])
  spans.length = 0
  lines.length = 0
})

const logged = () => logging({ logger, always: true })

/** What is seen of each request, in the order of the requests. */
async function seen({ url }: Running, requests: readonly Expected[]) {
  const found = []
  for (const { path } of requests) {
    points = []
    const response = await fetch(url + path)
    await response.text()
    while (!lines.some(({ msg }) => msg === 'end')) await new Promise(setImmediate)
    await Promise.all([tracing.flush(), meters.flush()])
    found.push({
      path,
      status: response.status,
      line: lines.find(({ msg }) => msg === 'end'),
      span: spans.find(({ kind }) => kind === 1),
      points,
    })
    spans.length = 0
    lines.length = 0
  }
  return found
}

type Seen = Awaited<ReturnType<typeof seen>>[number]

const asSpan = ({ path, span }: Seen) => ({
  path,
  status: span?.attributes['http.response.status_code'],
  route: span?.attributes['http.route'],
  name: span?.name,
  isError: span?.status.code === 2,
  type: span?.attributes['error.type'],
})
const asPoint = ({ path, points }: Seen) => ({
  path,
  count: points.length,
  status: points[0]?.attributes['http.response.status_code'],
  route: points[0]?.attributes['http.route'],
  type: points[0]?.attributes['error.type'],
})
const asLine = ({ path, line }: Seen) => ({
  path,
  status: line?.fields['http.status'],
  route: line?.fields['http.route'],
  level: line?.level,
  hasError: line?.fields['err'] !== undefined,
})

const typeOf = (status: number) => (status >= 500 ? String(status) : undefined)
const expectedSpan = ({ path, status, route }: Expected) => ({
  path,
  status,
  route,
  name: route === undefined ? 'GET' : `GET ${route}`,
  isError: status >= 500,
  type: typeOf(status),
})
const expectedPoint = ({ path, status, route }: Expected) => ({
  path,
  count: 1,
  status,
  route,
  type: typeOf(status),
})

describe.each(applications.map((application) => [application.name, application] as const))(
  '%s',
  (_name, application) => {
    const { requests } = application
    const expectedLine = ({ path, status, route }: Expected) => ({
      path,
      status,
      route,
      level: status >= 500 ? 'error' : 'info',
    })

    test('the line alone', async () => {
      const running = await application.start(logged())
      try {
        const found = await seen(running, requests)
        expect(found.map(asLine)).toMatchObject(requests.map(expectedLine))
      } finally {
        await running.close()
      }
    })

    test('the span, and the line beside it', async () => {
      const running = await application.start(together(tracingWatchers(), logged()))
      try {
        const found = await seen(running, requests)
        expect(found.map(asSpan)).toEqual(requests.map(expectedSpan))
        expect(found.map(asLine)).toMatchObject(requests.map(expectedLine))
      } finally {
        await running.close()
      }
    })

    test('the metric, and the line beside it', async () => {
      const running = await application.start(together(measuring(), logged()))
      try {
        const found = await seen(running, requests)
        expect(found.map(asPoint)).toEqual(requests.map(expectedPoint))
        expect(found.map(asLine)).toMatchObject(requests.map(expectedLine))
      } finally {
        await running.close()
      }
    })

    test('all three; an answer below 500 has no error anywhere', async () => {
      const running = await application.start(together(tracingWatchers(), logged(), measuring()))
      try {
        const found = await seen(running, requests)
        expect(found.map(asSpan)).toEqual(requests.map(expectedSpan))
        expect(found.map(asPoint)).toEqual(requests.map(expectedPoint))
        for (const each of found.filter(({ status }) => status < 500)) {
          expect(asLine(each).hasError).toBe(false)
          expect(each.span?.events).toEqual([])
        }
      } finally {
        await running.close()
      }
    })
  },
)
