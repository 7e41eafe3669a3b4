import { constants, monitorEventLoopDelay, PerformanceObserver, performance } from 'node:perf_hooks'
import { getHeapSpaceStatistics } from 'node:v8'
import { histogram } from './histogram.ts'
import {
  type Observation,
  type Observed,
  observableCounter,
  observableGauge,
  observableUpDownCounter,
} from './observables.ts'

/** Where the values come from. Each is read once for a collection, however many metrics are made of it. */
interface Sources {
  readonly loop: () => Loop | undefined
  readonly loopTime: () => { readonly active: number; readonly idle: number }
  readonly spaces: () => ReturnType<typeof getHeapSpaceStatistics>
}

interface Loop {
  readonly min: number
  readonly max: number
  readonly mean: number
  readonly stddev: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly utilization: number
}

type Row = readonly [
  name: string,
  make: typeof observableGauge,
  unit: string,
  description: string,
  observe: (sources: Sources) => Observation,
]

const delay = (key: keyof Loop, words: string): Row => [
  `nodejs.eventloop.delay.${key}`,
  observableGauge,
  's',
  `Event loop ${words} delay.`,
  ({ loop }) =>
    () =>
      loop()?.[key],
]

const space = (
  name: string,
  make: typeof observableGauge,
  key: 'space_size' | 'space_used_size' | 'space_available_size' | 'physical_space_size',
  description: string,
): Row => [
  name,
  make,
  'By',
  description,
  ({ spaces }) =>
    (observe) => {
      for (const each of spaces()) observe(each[key], { 'v8js.heap.space.name': each.space_name })
    },
]

// Names, kinds and units of the OpenTelemetry semantic conventions 1.45 (in development there: they have moved before).
const ROWS: readonly Row[] = [
  delay('min', 'minimum'),
  delay('max', 'maximum'),
  delay('mean', 'mean'),
  delay('stddev', 'standard deviation'),
  delay('p50', '50 percentile'),
  delay('p90', '90 percentile'),
  delay('p99', '99 percentile'),
  [
    'nodejs.eventloop.utilization',
    observableGauge,
    '1',
    'Event loop utilization.',
    ({ loop }) =>
      () =>
        loop()?.utilization,
  ],
  [
    'nodejs.eventloop.time',
    observableCounter,
    's',
    'Cumulative duration of time the event loop has been in each state.',
    ({ loopTime }) =>
      (observe) => {
        const { active, idle } = loopTime()
        observe(active / 1000, { 'nodejs.eventloop.state': 'active' })
        observe(idle / 1000, { 'nodejs.eventloop.state': 'idle' })
      },
  ],
  space(
    'v8js.memory.heap.space.size',
    observableUpDownCounter,
    'space_size',
    'Total heap memory size pre-allocated for a heap space.',
  ),
  space(
    'v8js.memory.heap.used',
    observableUpDownCounter,
    'space_used_size',
    'Heap Memory size allocated.',
  ),
  space(
    'v8js.memory.heap.space.available_size',
    observableUpDownCounter,
    'space_available_size',
    'Heap space available size.',
  ),
  space(
    'v8js.memory.heap.space.physical_size',
    observableUpDownCounter,
    'physical_space_size',
    'Committed size of a heap space.',
  ),
  [
    'v8js.resource.active',
    observableUpDownCounter,
    '{resource}',
    'The active resources that are currently keeping the event loop alive.',
    () => (observe) => {
      const counts = new Map<string, number>()
      for (const type of process.getActiveResourcesInfo()) {
        counts.set(type, (counts.get(type) ?? 0) + 1)
      }
      for (const [type, count] of counts) observe(count, { 'v8js.resource.type': type })
    },
  ],
  [
    'process.cpu.time',
    observableCounter,
    's',
    'Total CPU seconds broken down by different CPU modes.',
    () => (observe) => {
      const { user, system } = process.cpuUsage()
      observe(user / 1e6, { 'cpu.mode': 'user' })
      observe(system / 1e6, { 'cpu.mode': 'system' })
    },
  ],
  [
    'process.memory.usage',
    observableUpDownCounter,
    'By',
    'The amount of physical memory in use.',
    () => () => process.memoryUsage.rss(),
  ],
  [
    'process.uptime',
    observableGauge,
    's',
    'The time the process has been running.',
    () => () => process.uptime(),
  ],
]

const GC_TYPES: ReadonlyMap<number, string> = new Map([
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weakcb'],
])

/** Measures event loop, garbage collection, heap, memory and CPU until the returned function is called. */
export function startRuntime(): () => void {
  const window = loopWindow()
  const sources: Sources = {
    loop: onceATurn(window.read),
    loopTime: onceATurn(() => performance.eventLoopUtilization()),
    spaces: onceATurn(getHeapSpaceStatistics),
  }
  const observed: Observed[] = ROWS.map(([name, make, unit, description, observe]) =>
    make(name, observe(sources), { unit, description }),
  )
  const pauses = histogram('v8js.gc.duration', {
    unit: 's',
    description: 'Garbage collection duration.',
    boundaries: [0.01, 0.1, 1, 10],
  })
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { duration, detail } = entry as { duration: number; detail?: { kind?: number } }
      const type = GC_TYPES.get(detail?.kind ?? -1)
      if (type !== undefined) pauses.record(duration / 1000, { 'v8js.gc.type': type })
    }
  })
  observer.observe({ entryTypes: ['gc'] })

  return () => {
    observer.disconnect()
    window.stop()
    for (const each of observed) each.remove()
  }
}

const WINDOW_MS = 10_000
const ENOUGH = 5

/**
 * Delay and utilization since the last reading, but over no less than ten seconds: the readings of Prometheus and of the exporter must not
 * leave each other with nothing.
 */
function loopWindow(): { read(): Loop | undefined; stop(): void } {
  const delays = monitorEventLoopDelay({ resolution: 10 })
  delays.enable()
  let since = performance.now()
  let before = performance.eventLoopUtilization()
  let last: Loop | undefined

  return {
    read() {
      if (delays.count < ENOUGH) return last
      const now = performance.eventLoopUtilization()
      last = {
        min: delays.min / 1e9,
        max: delays.max / 1e9,
        mean: delays.mean / 1e9,
        stddev: delays.stddev / 1e9,
        p50: delays.percentile(50) / 1e9,
        p90: delays.percentile(90) / 1e9,
        p99: delays.percentile(99) / 1e9,
        utilization: performance.eventLoopUtilization(now, before).utilization,
      }
      if (performance.now() - since >= WINDOW_MS) {
        delays.reset()
        since = performance.now()
        before = now
      }
      return last
    },
    stop() {
      delays.disable()
    },
  }
}

function onceATurn<T>(read: () => T): () => T {
  let value: { readonly of: T } | undefined
  return () => {
    if (value === undefined) {
      value = { of: read() }
      setImmediate(() => {
        value = undefined
      })
    }
    return value.of
  }
}
