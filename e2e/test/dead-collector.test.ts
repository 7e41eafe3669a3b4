// One minute of load on services whose collectors are down in different ways, compared with a
// service without telemetry and one with a healthy collector.
import { once } from 'node:events'
import { Agent, get } from 'node:http'
import { createServer as createHttp2Server } from 'node:http2'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type Child, type Collector, nodeEval, startCollector } from '@clew/testing'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'

const cwd = fileURLToPath(new URL('..', import.meta.url))
const durationSeconds = 60
const perSecond = 150
const spansPerRequest = 2
const maxQueue = 2048
const defaultDeadlineMs = 1000

/** An empty SETTINGS frame: HTTP/2 starts with one, and allows any number of them. */
const settingsFrame = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])

interface Backend {
  /** Undefined: telemetry is off. */
  readonly port?: number
  readonly protocol?: string
  readonly deadlineMs?: number
  close(): void
}

async function onFreePort(server: Server): Promise<Backend> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => sockets.add(socket.on('error', () => {})))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

let healthyCollector: Collector | undefined

const backends: Readonly<Record<string, () => Promise<Backend>>> = {
  off: async () => ({ close() {} }),
  // A long deadline, since all spans must arrive even on a slow machine.
  async healthy() {
    healthyCollector = await startCollector()
    const { port, close } = healthyCollector
    return { port, close, deadlineMs: 60_000 }
  },
  async refused() {
    const backend = await onFreePort(createServer())
    backend.close()
    return backend
  },
  'black hole': () => onFreePort(createServer((socket) => socket.pause())),
  'black hole, over HTTP': async () => ({
    ...(await onFreePort(createServer((socket) => socket.pause()))),
    protocol: 'http/protobuf',
  }),
  '1 byte per second': () =>
    onFreePort(
      createServer((socket) => {
        let at = 0
        const drip = setInterval(
          () => socket.write(settingsFrame.subarray(at % 9, (at++ % 9) + 1)),
          1000,
        )
        socket.on('close', () => clearInterval(drip)).resume()
      }),
    ),
  'closing mid-call': () =>
    onFreePort(
      createHttp2Server().on('stream', (stream) => {
        stream.on('error', () => {})
        stream.on('data', () => stream.session?.destroy())
      }),
    ),
}

const program = `
  import { createServer } from 'node:http'
  import * as metrics from '@clew/metrics'
  import * as trace from '@clew/trace'
  const options = { service: { name: 'loaded' }, shutdownTimeoutMs: Number(process.env.DEADLINE_MS) }
  const tracing = await trace.configure({ ...options, exporter: trace.otlp(), sampler: 'always' })
  const meters = await metrics.configure({ ...options, exporter: metrics.otlp(), intervalMs: 1000 })
  const reports = []
  for (const part of [tracing, meters]) part.subscribe((report) => reports.push(report))
  const [traced, measured] = [tracing.http(), meters.http()]
  const orders = metrics.counter('orders')
  const work = (req, res) => trace.span('work', { path: req.url }, () => {
    orders.add(1, { type: 'book' })
    res.end('ok')
  })
  const server = createServer((req, res) => traced(req, res, () => measured(req, res, () => work(req, res))))
  // No timeouts: on a slow machine, an idle socket could be closed just when it is used again.
  Object.assign(server, { keepAliveTimeout: 0, headersTimeout: 0, requestTimeout: 0 })
  server.listen(0, '127.0.0.1', () => console.log('port', server.address().port))
  const print = (what) => {
    gc()
    const { heapUsed, external } = process.memoryUsage()
    const { user, system } = process.cpuUsage()
    console.log(JSON.stringify({ what, bytes: heapUsed + external, cpuMicros: user + system, ...tracing.counts() }))
  }
  process.on('SIGUSR2', () => print('now'))
  process.once('SIGTERM', async () => {
    server.close()
    server.closeAllConnections()
    const startMs = performance.now()
    await Promise.all([tracing.shutdown(), meters.shutdown()])
    const shutdownMs = performance.now() - startMs
    console.log(JSON.stringify({ what: 'end', shutdownMs, reports, ...tracing.counts() }))
    // The process now exits by itself: the packages must not keep it alive.
    process.removeAllListeners('SIGUSR2')
  })`

interface Sample {
  readonly bytes: number
  readonly cpuMicros: number
  readonly exported: number
  readonly dropped: number
  readonly failed: number
}

interface End extends Omit<Sample, 'bytes' | 'cpuMicros'> {
  readonly shutdownMs: number
  readonly reports: readonly {
    readonly type: string
    readonly message: string
    readonly fields: { readonly repeated?: number }
  }[]
}

class Service {
  answered = 0
  sent = 0
  readonly errors: string[] = []
  readonly samples: Sample[] = []
  readonly durationsMs: number[] = []
  readonly child: Child
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 16 })
  #port = 0
  constructor({ port, protocol = 'grpc', deadlineMs = defaultDeadlineMs }: Backend) {
    this.child = nodeEval(program, {
      cwd,
      execArgv: ['--expose-gc'],
      env:
        port === undefined
          ? { OTEL_SDK_DISABLED: 'true', DEADLINE_MS: String(deadlineMs) }
          : {
              DEADLINE_MS: String(deadlineMs),
              OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
              OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
            },
    })
  }
  async ready(): Promise<void> {
    this.#port = Number((await this.child.until(/port (\d+)/, { timeoutMs: 60_000 }))[1])
  }
  async request(): Promise<void> {
    const startMs = performance.now()
    this.sent++
    const options = { host: '127.0.0.1', port: this.#port, path: '/orders/42', agent: this.#agent }
    try {
      const [res] = await once(get(options), 'response')
      await once(res.resume(), 'end')
      if (res.statusCode === 200) this.answered++
    } catch (error) {
      this.errors.push(String(error))
    }
    this.durationsMs.push(performance.now() - startMs)
  }
  async sample(): Promise<void> {
    const count = this.samples.length + 1
    this.child.kill('SIGUSR2')
    await this.child.until(new RegExp(`(?:"now".*\\n[^]*){${count}}`), { timeoutMs: 60_000 })
    this.samples.push(this.#lines('now').at(-1))
  }
  async stop(): Promise<End> {
    this.#agent.destroy()
    this.child.kill()
    expect({ ...(await this.child.exit), stderr: this.child.stderr }).toEqual({
      code: 0,
      signal: null,
      stderr: '',
    })
    return this.#lines('end')[0]
  }
  #lines(what: string): any[] {
    const lines = this.child.stdout.split('\n').filter((line) => line.startsWith('{'))
    return lines.map((line) => JSON.parse(line)).filter((line) => line.what === what)
  }
}

const services = new Map<string, Service>()
const ends = new Map<string, End>()
const closing: (() => unknown)[] = []

/**
 * Sends small batches. On a slow machine this takes longer, but never sends a burst that no queue
 * could hold.
 */
async function load(seconds: number): Promise<void> {
  const pending: Promise<void>[] = []
  const startMs = performance.now()
  for (let sent = 0; sent < seconds * perSecond; ) {
    const due = ((performance.now() - startMs) / 1000) * perSecond
    for (const until = Math.min(sent + 20, due, seconds * perSecond); sent < until; sent++) {
      for (const service of services.values()) pending.push(service.request())
    }
    await pause(20)
  }
  await Promise.all(pending)
}

const sampleAll = () => Promise.all([...services.values()].map((service) => service.sample()))

beforeAll(async () => {
  for (const [mode, open] of Object.entries(backends)) {
    const backend = await open()
    closing.push(() => backend.close())
    services.set(mode, new Service(backend))
  }
  await Promise.all([...services.values()].map((service) => service.ready()))
  await load(durationSeconds / 4)
  await sampleAll()
  await load((durationSeconds / 4) * 3)
  await sampleAll()
  const stopped = [...services].map(async ([mode, service]) => ends.set(mode, await service.stop()))
  await Promise.all(stopped)
  process.stdout.write(`${table()}\n`)
}, 300_000)

afterAll(async () => {
  for (const { child } of services.values()) child.kill('SIGKILL')
  for (const close of closing) await close()
})

/** CPU time per request in microseconds, over the last three quarters of the load. */
function cost(mode: string): number {
  const [first, last] = services.get(mode)!.samples as [Sample, Sample]
  return (last.cpuMicros - first.cpuMicros) / ((durationSeconds * perSecond * 3) / 4)
}

const megabytes = (bytes: number) => (bytes / 2 ** 20).toFixed(1)

function table(): string {
  const rows = [...services].map(([mode, { samples, answered, durationsMs }]) => {
    const [first, last] = samples as [Sample, Sample]
    const { shutdownMs, reports } = ends.get(mode)!
    const p99 = durationsMs.toSorted((a, b) => a - b)[
      Math.floor(durationsMs.length * 0.99)
    ] as number
    return [
      mode.padEnd(18),
      `${answered} answered`,
      `p99 ${p99.toFixed(1)} ms`,
      `${cost(mode).toFixed(0)} µs CPU each (${(cost(mode) / cost('off')).toFixed(2)} × off)`,
      `heap ${megabytes(first.bytes)} → ${megabytes(last.bytes)} MiB`,
      `${reports.length} messages`,
      `shutdown ${shutdownMs.toFixed(0)} ms`,
    ].join('  ')
  })
  return `${durationSeconds} s, ${perSecond} requests per second each\n${rows.join('\n')}`
}

const total = durationSeconds * perSecond

test('without telemetry and with a healthy collector: nothing lost, no reports', () => {
  expect(ends.get('off')).toMatchObject({ exported: 0, dropped: 0, failed: 0, reports: [] })
  expect(ends.get('healthy')).toMatchObject({
    exported: total * spansPerRequest,
    dropped: 0,
    failed: 0,
    reports: [],
  })
  expect(healthyCollector?.spans).toHaveLength(total * spansPerRequest)
  const orders = healthyCollector?.points.filter((point) => point.name === 'orders')
  expect(orders?.at(-1)?.value).toBe(total)
})

describe.each(Object.keys(backends).filter((mode) => mode !== 'off' && mode !== 'healthy'))(
  'a collector that is down: %s',
  (mode) => {
    const end = () => ends.get(mode) as End

    test('every request is answered, at about the cost of a healthy collector', () => {
      const { sent, answered, errors } = services.get(mode)!
      expect({ sent, answered, errors }).toEqual({ sent: total, answered: total, errors: [] })
      // A wide margin, since the machine is busy with other things too. This detects a service that
      // keeps working for a collector that is down.
      expect(cost(mode)).toBeLessThan(3 * cost('healthy') + 500)
    })

    test('memory is bounded: only the queue waits, and the heap does not grow', () => {
      const [first, last] = services.get(mode)!.samples as [Sample, Sample]
      expect(total * spansPerRequest - last.dropped - last.failed).toBeLessThanOrEqual(maxQueue)
      expect(last.bytes - first.bytes).toBeLessThan(8 * 2 ** 20)
      expect(last.bytes - services.get('off')!.samples[1]!.bytes).toBeLessThan(48 * 2 ** 20)
    })

    test('every span is accounted for', () => {
      const { exported, dropped, failed } = end()
      expect({ exported, lost: dropped + failed }).toEqual({
        exported: 0,
        lost: total * spansPerRequest,
      })
    })

    test('each failure of traces and metrics is reported once, then summarized', () => {
      const { reports, dropped } = end()
      const types = [...new Set(reports.map((report) => report.type))]
      expect(types).toEqual(
        expect.arrayContaining([
          'trace.export_failed',
          'metrics.export_failed',
          'trace.spans_dropped',
          'trace.spans_lost',
        ]),
      )
      for (const type of types) {
        const [first, ...summaries] = reports.filter((report) => report.type === type)
        expect(first?.fields.repeated).toBeUndefined()
        for (const summary of summaries) expect(summary.fields.repeated).toBeGreaterThan(0)
        // A summary every 30 seconds, and a last one at the end.
        expect(summaries.length).toBeLessThanOrEqual(durationSeconds / 30 + 3)
      }
      const reportedDropped = reports
        .filter((report) => report.type === 'trace.spans_dropped')
        .reduce((sum, { fields }) => sum + (fields.repeated ?? 1), 0)
      expect(reportedDropped).toBe(dropped)
    })

    test('shutdown ends at its deadline, and then the process exits', () => {
      // On their own, the exporters would wait for 10 seconds or more.
      expect(end().shutdownMs).toBeLessThan(defaultDeadlineMs + 5000)
    })
  },
)
