import { h, setText } from './dom.ts'
import { bytes, ms, percent } from './format.ts'
import type { Connection } from './stream.ts'
import type { Update } from './types.ts'

const names = {
  state: 'State',
  health: 'Health',
  loop: 'Loop p99',
  busy: 'Utilisation',
  cpu: 'CPU',
  heap: 'Heap',
  rss: 'RSS',
  external: 'External',
} as const

const healthWords = { pass: 'healthy', warn: 'degraded', fail: 'failing' } as const

/** The numbers that stay in sight. */
export function createStrip(): {
  readonly element: HTMLElement
  update(update: Update): void
  connection(connection: Connection): void
} {
  const values = Object.fromEntries(
    Object.keys(names).map((key) => [key, h('dd', { id: `now-${key}`, text: '–' })]),
  ) as Record<keyof typeof names, HTMLElement>
  const list = h(
    'dl',
    {},
    ...Object.entries(names).map(([key, name]) =>
      h('div', {}, h('dt', { text: name }), values[key as keyof typeof names]),
    ),
  )
  const status = h('p', { id: 'connection', role: 'status', text: 'connecting' })
  const element = h('header', { class: 'strip' }, h('h1', { text: 'Debug' }), status, list)
  const say = (key: keyof typeof names, text: string, mood = '') => {
    setText(values[key], text)
    values[key].className = mood
  }

  return {
    element,
    update({ servers, points, health }) {
      if (servers !== undefined) {
        const [server] = servers
        say(
          'state',
          server?.state ?? 'running',
          server && server.state !== 'listening' ? 'warn' : '',
        )
      }
      const point = points?.at(-1)
      if (point !== undefined) {
        say(
          'loop',
          ms(point.loopP99Ms),
          point.loopP99Ms > 200 ? 'fail' : point.loopP99Ms > 50 ? 'warn' : '',
        )
        say('busy', percent(point.utilization), (point.utilization ?? 0) > 0.9 ? 'warn' : '')
        say('cpu', percent(point.cpuCores))
        say('heap', bytes(point.heapUsedBytes))
        say('rss', bytes(point.rssBytes))
        say('external', bytes(point.externalBytes))
      }
      if (health !== undefined) {
        const all = health.checkers.map(({ status: each }) => each)
        const worst = all.includes('fail') ? 'fail' : all.includes('warn') ? 'warn' : 'pass'
        if (all.length === 0) say('health', 'no checker')
        else say('health', healthWords[worst], worst)
      }
    },
    connection(connection) {
      const isProblem = typeof connection === 'object'
      status.className = isProblem ? 'fail' : ''
      setText(status, isProblem ? `not connected: ${connection.problem}` : connection)
    },
  }
}
