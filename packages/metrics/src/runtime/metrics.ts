import type { getHeapSpaceStatistics } from 'node:v8'
import {
  type Observation,
  observableCounter,
  observableGauge,
  observableUpDownCounter,
} from '../instruments/observables.ts'
import type { EventLoop } from './event-loop.ts'

/** Where the values come from. Several metrics are made of each. */
export interface Sources {
  readonly eventLoop: () => EventLoop | undefined
  readonly eventLoopTime: () => { readonly active: number; readonly idle: number }
  readonly heapSpaces: () => ReturnType<typeof getHeapSpaceStatistics>
}

export type RuntimeMetric = readonly [
  name: string,
  make: typeof observableGauge,
  unit: string,
  description: string,
  observe: (sources: Sources) => Observation,
]

const delay = (key: keyof EventLoop, name: string): RuntimeMetric => [
  `nodejs.eventloop.delay.${key}`,
  observableGauge,
  's',
  `Event loop ${name} delay.`,
  ({ eventLoop }) =>
    () =>
      eventLoop()?.[key],
]

const space = (
  name: string,
  make: typeof observableGauge,
  key: 'space_size' | 'space_used_size' | 'space_available_size' | 'physical_space_size',
  description: string,
): RuntimeMetric => [
  name,
  make,
  'By',
  description,
  ({ heapSpaces }) =>
    (observe) => {
      for (const each of heapSpaces()) {
        observe(each[key], { 'v8js.heap.space.name': each.space_name })
      }
    },
]

// Names, kinds and units of the OpenTelemetry semantic conventions 1.45, in which they are still in
// development.
export const runtimeMetrics: readonly RuntimeMetric[] = [
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
    ({ eventLoop }) =>
      () =>
        eventLoop()?.utilization,
  ],
  [
    'nodejs.eventloop.time',
    observableCounter,
    's',
    'Cumulative duration of time the event loop has been in each state.',
    ({ eventLoopTime }) =>
      (observe) => {
        const { active, idle } = eventLoopTime()
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
