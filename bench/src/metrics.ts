// The cost of one measurement, compared with the OpenTelemetry API on its SDK and with prom-client.
import * as metrics from '@clew/metrics'
import {
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { Counter, Histogram, Registry } from 'prom-client'
import { budget } from './report/budgets.ts'

const rounds = 15
const calls = 100_000
const types = ['book', 'film', 'game', 'song']
const typeOf = (i: number) => types[i & 3] as string
const fourOf = (i: number) => ({
  method: 'GET',
  route: '/orders/:id',
  status: 200 + (i & 1),
  type: typeOf(i),
})

interface Contender {
  readonly name: string
  readonly call: (i: number) => void
}

export async function run(): Promise<void> {
  const unbound = metrics.counter('bench.unbound')
  const before = best([{ name: 'unbound', call: (i) => unbound.add(1, { type: typeOf(i) }) }])

  const meters = await metrics.configure({
    service: { name: 'bench' },
    prometheus: true,
    runtime: false,
  })
  const exporter = new InMemoryMetricExporter(1)
  const provider = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter })] })
  const meter = provider.getMeter('bench')
  const registers = [new Registry()]
  const labelNames = ['type']

  const counter = metrics.counter('bench.counter')
  const rawCounter = meter.createCounter('bench.counter.raw')
  const promCounter = new Counter({ name: 'counter_total', help: 'c', labelNames, registers })
  const promWide = new Counter({
    name: 'wide_total',
    help: 'c',
    labelNames: Object.keys(fourOf(0)),
    registers,
  })
  const promBare = new Counter({ name: 'bare_total', help: 'c', registers })
  report('counter.add(1, { type })', [
    { name: '@clew/metrics', call: (i) => counter.add(1, { type: typeOf(i) }) },
    { name: 'OpenTelemetry API', call: (i) => rawCounter.add(1, { type: typeOf(i) }) },
    { name: 'prom-client', call: (i) => promCounter.inc({ type: typeOf(i) }, 1) },
  ])
  report('counter.add(1, { four labels })', [
    { name: '@clew/metrics', call: (i) => counter.add(1, fourOf(i)) },
    { name: 'OpenTelemetry API', call: (i) => rawCounter.add(1, fourOf(i)) },
    { name: 'prom-client', call: (i) => promWide.inc(fourOf(i), 1) },
  ])
  report('counter.add(1)', [
    { name: '@clew/metrics', call: () => counter.add(1) },
    { name: 'OpenTelemetry API', call: () => rawCounter.add(1) },
    { name: 'prom-client', call: () => promBare.inc(1) },
  ])

  const histogram = metrics.histogram('bench.histogram', { unit: 's' })
  const boundaries = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
  const rawHistogram = meter.createHistogram('bench.histogram.raw', {
    unit: 's',
    advice: { explicitBucketBoundaries: boundaries },
  })
  const promHistogram = new Histogram({
    name: 'histogram_seconds',
    help: 'h',
    labelNames,
    buckets: boundaries,
    registers,
  })
  const promBareHistogram = new Histogram({
    name: 'bare_seconds',
    help: 'h',
    buckets: boundaries,
    registers,
  })
  const value = (i: number) => (i % 1000) / 100
  report('histogram.record(value, { type })', [
    { name: '@clew/metrics', call: (i) => histogram.record(value(i), { type: typeOf(i) }) },
    { name: 'OpenTelemetry API', call: (i) => rawHistogram.record(value(i), { type: typeOf(i) }) },
    { name: 'prom-client', call: (i) => promHistogram.observe({ type: typeOf(i) }, value(i)) },
  ])
  report('histogram.record(value)', [
    { name: '@clew/metrics', call: (i) => histogram.record(value(i)) },
    { name: 'OpenTelemetry API', call: (i) => rawHistogram.record(value(i)) },
    { name: 'prom-client', call: (i) => promBareHistogram.observe(value(i)) },
  ])

  console.log(`\ncounter.add before configure: ${Math.round(before.get('unbound') ?? 0)} ns`)
  await Promise.all([meters.shutdown(), provider.shutdown()])
}

function report(title: string, contenders: readonly Contender[]): void {
  const times = best(contenders)
  const [[, ours = 0] = []] = times
  console.log(`\n${title}`)
  for (const [name, ns] of times) {
    console.log(
      `  ${name.padEnd(18)} ${Math.round(ns).toString().padStart(6)} ns   ${(ours / ns).toFixed(2)} × (ours / this)`,
    )
  }
  const peer = times.get('prom-client')
  if (peer === undefined || !title.startsWith('counter')) return
  budget(`${title}: at most 2 × prom-client`, {
    holds: ours <= 2 * peer,
    measured: `${(ours / peer).toFixed(2)} ×`,
  })
}

/** Nanoseconds per call, the minimum over many rounds in which the contenders alternate. */
function best(contenders: readonly Contender[]): Map<string, number> {
  const least = new Map<string, number>()
  for (let round = 0; round < rounds; round++) {
    for (const { name, call } of contenders) {
      const start = process.hrtime.bigint()
      for (let i = 0; i < calls; i++) call(i)
      const ns = Number(process.hrtime.bigint() - start) / calls
      least.set(name, Math.min(ns, least.get(name) ?? Infinity))
    }
  }
  return least
}
