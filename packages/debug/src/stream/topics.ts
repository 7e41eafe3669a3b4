import { type HealthPanel, healthPanel } from '../panels/health.ts'
import { linesJson, servers } from '../panels/traffic.ts'
import type { Watch } from '../watch/watch.ts'
import type { Cursor } from './cursor.ts'

export const topicNames = [
  'live',
  'requests',
  'lines',
  'sessions',
  'profiles',
  'stalls',
  'health',
] as const
export type TopicName = (typeof topicNames)[number]

/** What the stream tells as a whole, whenever it has changed. */
export interface Lists {
  sessions(): readonly unknown[]
  profiles(): readonly unknown[]
  stalls(): readonly unknown[]
}

/** What one stream has sent last of each list. */
export type Sent = Map<TopicName, string>

/** Pings no dependency more often than every five seconds. */
const healthMs = 5000

/** Makes the events of all streams. */
export class Topics {
  private readonly watch: Watch
  private readonly lists: Lists
  private health: HealthPanel | undefined
  private healthAtMs = Number.NEGATIVE_INFINITY

  constructor(watch: Watch, lists: Lists) {
    this.watch = watch
    this.lists = lists
  }

  /** Everything that a stream has not sent yet, as JSON. Moves its cursor on. */
  event(topics: ReadonlySet<TopicName>, cursor: Cursor, sent: Sent): string {
    const { watch } = this
    const parts: string[] = [`"now":${Date.now()}`]
    const add = (name: string, value: unknown) => parts.push(`"${name}":${JSON.stringify(value)}`)
    if (topics.has('live')) {
      const { items, missed } = watch.points.since(cursor.points)
      cursor.points = watch.points.pushed
      add('servers', servers())
      add('points', items)
      add('routes', watch.routes())
      if (missed > 0) add('missedPoints', missed)
    }
    if (topics.has('requests')) {
      const { items, missed } = watch.ended.since(cursor.requests)
      cursor.requests = watch.ended.pushed
      const { requests, total } = watch.open()
      add('open', requests)
      add('openTotal', total)
      add('ended', items)
      if (missed > 0) add('missedRequests', missed)
    }
    if (topics.has('lines')) {
      const { json, missed } = linesJson(watch, cursor.lines)
      cursor.lines = watch.lines.pushed
      parts.push(`"lines":${json}`)
      if (missed > 0) add('missedLines', missed)
    }
    for (const name of ['sessions', 'profiles', 'stalls'] as const) {
      if (topics.has(name)) addChanged(parts, sent, name, this.lists[name]())
    }
    if (topics.has('health')) {
      this.refreshHealth()
      if (this.health !== undefined) addChanged(parts, sent, 'health', this.health)
    }
    return `{${parts.join(',')}}`
  }

  private refreshHealth(): void {
    if (performance.now() - this.healthAtMs < healthMs) return
    this.healthAtMs = performance.now()
    healthPanel().then(
      (panel) => {
        this.health = panel
      },
      () => {},
    )
  }
}

function addChanged(parts: string[], sent: Sent, name: TopicName, value: unknown): void {
  const json = JSON.stringify(value)
  if (sent.get(name) === json) return
  sent.set(name, json)
  parts.push(`"${name}":${json}`)
}
