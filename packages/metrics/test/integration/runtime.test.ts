import * as metrics from '@clew/metrics'
import { startCollector } from '@clew/testing'
import { expect, test } from '@jest/globals'

test('event loop, heap, garbage collection, memory and CPU arrive without any wiring', async () => {
  const collector = await startCollector()
  const meters = await metrics.configure({
    service: { name: 'orders' },
    exporter: metrics.otlp({ endpoint: collector.endpoint }),
    intervalMs: 50,
  })
  try {
    await collector.until(({ points }) => points.some(({ name }) => name.endsWith('delay.p99')))
    const units = new Map(collector.points.map(({ name, unit, type }) => [name, `${type} ${unit}`]))
    units.delete('v8js.gc.duration') // only when there was one
    expect(Object.fromEntries([...units].sort())).toEqual({
      'nodejs.eventloop.delay.max': 'gauge s',
      'nodejs.eventloop.delay.mean': 'gauge s',
      'nodejs.eventloop.delay.min': 'gauge s',
      'nodejs.eventloop.delay.p50': 'gauge s',
      'nodejs.eventloop.delay.p90': 'gauge s',
      'nodejs.eventloop.delay.p99': 'gauge s',
      'nodejs.eventloop.delay.stddev': 'gauge s',
      'nodejs.eventloop.time': 'sum s',
      'nodejs.eventloop.utilization': 'gauge 1',
      'process.cpu.time': 'sum s',
      'process.memory.usage': 'sum By',
      'process.uptime': 'gauge s',
      'v8js.memory.heap.space.available_size': 'sum By',
      'v8js.memory.heap.space.physical_size': 'sum By',
      'v8js.memory.heap.space.size': 'sum By',
      'v8js.memory.heap.used': 'sum By',
      'v8js.resource.active': 'sum {resource}',
    })
    const rss = collector.points.find(({ name }) => name === 'process.memory.usage')
    expect(rss?.value).toBeGreaterThan(10_000_000)
    const spaces = collector.points.filter(({ name }) => name === 'v8js.memory.heap.used')
    expect(spaces.map(({ attributes }) => attributes['v8js.heap.space.name'])).toContain(
      'old_space',
    )
  } finally {
    await meters.shutdown()
    await collector.close()
  }
})
