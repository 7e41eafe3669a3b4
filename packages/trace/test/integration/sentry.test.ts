import { fileURLToPath } from 'node:url'
import { nodeEval } from '@clew/testing'
import { describe, expect, test } from '@jest/globals'

// The SDK of Sentry, whose spans and propagator are its own, started before and after ours.
const cwd = fileURLToPath(new URL('../..', import.meta.url))
const program = (order: 'before' | 'after', tracesSampleRate: number) => `
  import { createRequire } from 'node:module'
  const require = createRequire(process.cwd() + '/x.js')
  const trace = require('@clew/trace')
  const Sentry = require('@sentry/node')
  const spans = []
  const reports = []
  const transactions = []
  const start = {
    sentry: () => Sentry.init({
      dsn: 'http://key@127.0.0.1:9/1', tracesSampleRate: ${tracesSampleRate}, propagateTraceparent: true,
      beforeSendTransaction: ({ transaction, contexts }) => {
        transactions.push({ name: transaction, traceId: contexts.trace.trace_id })
        return null
      },
    }),
    ours: async () => {
      const exporter = { export: (batch, done) => { spans.push(...batch); done({ code: 0 }) }, shutdown: async () => {} }
      const tracing = await trace.configure({ service: { name: 'ours' }, exporter, sampler: 'always' })
      tracing.subscribe(({ type, fields }) => reports.push([type, fields.requests]))
      return tracing
    },
  }
  if (${order === 'before'}) start.sentry()
  const tracing = await start.ours()
  if (${order === 'after'}) start.sentry()

  const http = require('node:http')
  const listening = (handler) => new Promise((resolve) => {
    const server = http.createServer(handler).listen(0, '127.0.0.1', () => resolve(server.address().port))
  })
  const traceparents = []
  const target = await listening((req, res) => {
    traceparents.push(req.rawHeaders.filter((_, at) => /^traceparent$/i.test(req.rawHeaders[at - 1] ?? '')))
    res.end()
  })
  const traces = []
  const traced = trace.http()
  const port = await listening((req, res) => traced(req, res, async () => {
    trace.span('inside', (span) => traces.push(span.spanContext().traceId))
    await (await fetch('http://127.0.0.1:' + target + '/fetch')).text()
    await new Promise((done) => http.get('http://127.0.0.1:' + target + '/node', (answer) => answer.resume().on('end', done)))
    res.end()
  }))
  const { connect } = require('node:net')
  for (let count = 0; count < 2; count++) {
    const socket = connect(port, '127.0.0.1')
    socket.write('GET /in HTTP/1.1\\r\\nhost: x\\r\\nconnection: close\\r\\n\\r\\n')
    await new Promise((resolve) => socket.resume().on('close', resolve))
  }
  await tracing.shutdown()
  await Sentry.flush(1000)
  const ours = spans.map((span) => ({ name: span.name, kind: span.kind, traceId: span.spanContext().traceId }))
  console.log(JSON.stringify({ reports, traces, traceparents, transactions, ours }))
  process.exit()`

interface Result {
  readonly reports: readonly (readonly [type: string, requests: string | undefined])[]
  readonly traces: readonly string[]
  readonly traceparents: readonly (readonly string[])[]
  readonly transactions: readonly { readonly name: string; readonly traceId: string }[]
  readonly ours: readonly {
    readonly name: string
    readonly kind: number
    readonly traceId: string
  }[]
}

async function run(order: 'before' | 'after', rate: number): Promise<Result> {
  const child = nodeEval(program(order, rate), { cwd })
  await child.exit
  if (!child.stdout.startsWith('{')) throw new Error(child.stdout + child.stderr)
  return JSON.parse(child.stdout)
}

describe('Sentry', () => {
  test.each<['before' | 'after', number]>([
    ['before', 1],
    ['before', 0],
    ['after', 1],
  ])(
    'started %s ours, sampling %d: one traceparent, one trace, one server span, said once',
    async (order, rate) => {
      const { reports, traces, traceparents, transactions, ours } = await run(order, rate)
      // Two calls of each of the two requests.
      expect(traceparents.map(([sent]) => sent?.slice(3, 35))).toEqual(
        traces.flatMap((traceId) => [traceId, traceId]),
      )
      for (const sent of traceparents) expect(sent).toHaveLength(1)
      const servers = (order === 'before' ? transactions : ours).filter(({ name }) =>
        /\/in$/.test(name),
      )
      // What is not sampled is not sent.
      if (rate === 1) expect(servers.map(({ traceId }) => traceId)).toEqual(traces)
      expect(new Set(traces).size).toBe(2)
      const said = reports.filter(([type]) => type === 'trace.stepped_back')
      expect(said.filter(([, what]) => what === 'incoming requests')).toHaveLength(1)
      expect(reports.filter(([type]) => type === 'trace.joined')).toHaveLength(
        order === 'before' ? 1 : 0,
      )
    },
  )
})
