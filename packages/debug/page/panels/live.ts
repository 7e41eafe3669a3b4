import { createChart } from '../chart.ts'
import { createList, createRow, h, number, table } from '../dom.ts'
import { bytes, bytesTick, ms, msTick, percent } from '../format.ts'
import { createNote, type Panel } from '../panel.ts'
import type { Point, RouteTraffic, Update } from '../types.ts'

const maxPoints = 300
/** From one MiB to one TiB, doubled each time. */
const byteSteps = Array.from({ length: 21 }, (_, power) => 2 ** (20 + power))
const perSecond = (value: number | null | undefined) => (value == null ? '–' : `${value} /s`)
const size = (value: number | null | undefined) => bytes(value ?? undefined)

export function createLive(): Panel {
  const traffic = createChart({
    title: 'Requests',
    series: [
      { label: 'all', color: '--blue', format: perSecond, fill: true },
      { label: 'failed', color: '--red', format: perSecond, fill: true },
    ],
    axis: (value) => String(value),
    atLeast: 4,
  })
  const latency = createChart({
    title: 'Latency',
    series: [
      { label: 'p99', color: '--violet', format: ms },
      { label: 'p50', color: '--blue', format: ms },
    ],
    axis: msTick,
    atLeast: 1,
  })
  const memory = createChart({
    title: 'Memory (ticks at the top: major collections)',
    series: [
      { label: 'RSS', color: '--dim', format: size },
      { label: 'heap + external', color: '--orange', format: size, fill: true },
      { label: 'heap', color: '--blue', format: size, fill: true },
    ],
    axis: bytesTick,
    steps: byteSteps,
  })
  const loop = createChart({
    title: 'Event loop and CPU',
    series: [
      { label: 'utilisation', color: '--blue', format: percent, fill: true },
      { label: 'CPU, in cores', color: '--orange', format: percent },
    ],
    axis: (value) => percent(value),
    atLeast: 1,
  })
  const lateness = createChart({
    title: 'Lateness of the event loop',
    series: [
      { label: 'worst', color: '--violet', format: ms },
      { label: 'p99', color: '--blue', format: ms },
    ],
    axis: msTick,
    atLeast: 10,
  })
  const collections = createChart({
    title: 'Garbage collection',
    series: [{ label: 'time', color: '--green', format: ms, fill: true }],
    axis: msTick,
    atLeast: 5,
  })

  const note = createNote()
  const routes = table('Traffic by route, in the last minute', [
    'Route',
    number('Rate'),
    number('Failed'),
    number('p50'),
    number('p99'),
    number('Slowest'),
    number('Total'),
  ])
  const show = createList<RouteTraffic>(
    routes.body,
    ({ method, route }) => `${method} ${route ?? ''}`,
    createRow([
      { class: 'route', of: ({ method, route }) => `${method} ${route ?? '(no route)'}` },
      { class: 'number', of: ({ perSecond: rate }) => `${rate} /s` },
      {
        class: 'number',
        of: ({ recent, recentErrors }) => (recent === 0 ? '–' : percent(recentErrors / recent)),
      },
      { class: 'number', of: ({ p50Ms }) => ms(p50Ms) },
      { class: 'number', of: ({ p99Ms }) => ms(p99Ms) },
      { class: 'number', of: ({ maxMs }) => ms(maxMs) },
      { class: 'number', of: ({ total }) => String(total) },
    ]),
  )
  let points: readonly Point[] = []

  return {
    id: 'live',
    place: 'all',
    title: 'Live',
    content: h(
      'div',
      {},
      h(
        'div',
        { class: 'charts' },
        traffic.element,
        latency.element,
        memory.element,
        loop.element,
        lateness.element,
        collections.element,
      ),
      note.element,
      routes.element,
    ),
    update(update: Update) {
      if (update.restarted === true) points = []
      if (update.points !== undefined && update.points.length > 0) {
        points = [...points, ...update.points].slice(-maxPoints)
        const times = points.map(({ atMs }) => atMs)
        const column = (of: (point: Point) => number | null) => points.map(of)
        traffic.draw(times, [column((p) => p.requests), column((p) => p.errors)])
        latency.draw(times, [column((p) => p.p99Ms), column((p) => p.p50Ms)])
        const major = points.filter((p) => p.majorCollections > 0).map(({ atMs }) => atMs)
        memory.draw(
          times,
          [
            column((p) => p.rssBytes),
            column((p) => p.heapUsedBytes + p.externalBytes),
            column((p) => p.heapUsedBytes),
          ],
          major,
        )
        loop.draw(times, [column((p) => p.utilization), column((p) => p.cpuCores)])
        lateness.draw(times, [column((p) => p.loopMaxMs), column((p) => p.loopP99Ms)])
        collections.draw(times, [column((p) => p.collectionMs)], major)
      }
      if (update.routes !== undefined) {
        show(update.routes)
        const isEmpty = update.routes.length === 0
        note.show(
          isEmpty
            ? 'No request has ended since this page is open. Requests are seen by @clew/server, and by http() of @clew/log, @clew/trace and @clew/metrics.'
            : undefined,
        )
        routes.element.hidden = isEmpty
      }
    },
  }
}
