import { LinkedList, type Node, unlink } from './linked-list.ts'
import { createSketch, type Sketch } from './sketch.ts'
import type { WindowLimit } from './store.ts'

/** Failures by key, in windows that start with the first failure. No timers. */
export interface Failures {
  /** The failures of this key in its window. */
  count(key: string): number
  /** Seconds until the window of this key ends; 0 if it has none. */
  endsIn(key: string): number
  fail(key: string): void
  /** Counts one more, unless there are `max`, and tells what there was before: in one look-up. */
  take(key: string, max: number): Taken
  /** Takes over what another counter knows: at least this many failures, for this long. */
  learn(key: string, count: number, leftMs: number): void
  readonly size: number
}

/** What a key had before one more was counted. */
export interface Taken {
  readonly count: number
  /** Until its window ends. */
  readonly leftMs: number
}

export interface FailuresOptions extends Pick<WindowLimit, 'windowMs'> {
  readonly maxEntries: number
  /** Called for each key that gives its room to another one before its window ends. */
  onEvicted(): void
}

interface Entry {
  readonly key: string
  count: number
  readonly endMs: number
  age?: Node<Entry>
  rank?: Node<Entry>
}

/**
 * Room for `maxEntries` keys. When it is full, a key with about the fewest failures gives its room
 * to the new one, and is remembered in a sketch. Failures of many other keys therefore do not
 * erase those of a key under attack, and alternating between many keys gains nothing.
 */
export function createFailures(
  { windowMs, maxEntries, onEvicted }: FailuresOptions,
  now: () => number = () => performance.now(),
): Failures {
  const entries = new Map<string, Entry>()
  // By the start of the window: all are equally long.
  const ages = new LinkedList<Entry>()
  // By magnitude of the count: 1, 2 to 3, 4 to 7 …
  const ranks: LinkedList<Entry>[] = []
  let sketch: Sketch | undefined

  function rankOf(count: number): LinkedList<Entry> {
    const index = 31 - Math.clz32(count)
    while (ranks.length <= index) ranks.push(new LinkedList())
    return ranks[index] as LinkedList<Entry>
  }

  function live(key: string, nowMs: number): Entry | undefined {
    const entry = entries.get(key)
    if (entry === undefined || entry.endMs > nowMs) return entry
    remove(entry)
    return undefined
  }

  function remove(entry: Entry): void {
    entries.delete(entry.key)
    if (entry.age) unlink(entry.age)
    if (entry.rank) unlink(entry.rank)
  }

  function add(key: string, count: number, endMs: number, nowMs: number): void {
    const isEvicted = makeRoom(nowMs)
    const entry: Entry = { key, count, endMs }
    entries.set(key, entry)
    entry.age = ages.add(entry)
    entry.rank = rankOf(count).add(entry)
    if (isEvicted) onEvicted()
  }

  function raise(entry: Entry, count: number): void {
    const isHigher = Math.clz32(count) < Math.clz32(entry.count)
    entry.count = count
    if (!isHigher) return
    if (entry.rank) unlink(entry.rank)
    entry.rank = rankOf(count).add(entry)
  }

  /** Whether a key had to give its room away before its window ended. */
  function makeRoom(nowMs: number): boolean {
    for (let oldest = ages.first; oldest && oldest.endMs <= nowMs; oldest = ages.first) {
      remove(oldest)
    }
    if (entries.size < maxEntries) return false
    const lowest = ranks.find(({ first }) => first !== undefined)?.first
    if (!lowest) return false
    remove(lowest)
    sketch ??= createSketch(windowMs, maxEntries)
    sketch.remember(lowest.key, lowest.count, nowMs)
    return true
  }

  return {
    count(key) {
      const nowMs = now()
      return live(key, nowMs)?.count ?? sketch?.count(key, nowMs) ?? 0
    },
    endsIn(key) {
      const nowMs = now()
      const entry = live(key, nowMs)
      if (entry) return Math.ceil((entry.endMs - nowMs) / 1000)
      return sketch?.count(key, nowMs) ? Math.ceil(windowMs / 1000) : 0
    },
    fail(key) {
      const nowMs = now()
      const entry = live(key, nowMs)
      if (entry) raise(entry, entry.count + 1)
      else add(key, (sketch?.count(key, nowMs) ?? 0) + 1, nowMs + windowMs, nowMs)
    },
    take(key, max) {
      const nowMs = now()
      const entry = live(key, nowMs)
      if (entry) {
        const { count, endMs } = entry
        if (count < max) raise(entry, count + 1)
        return { count, leftMs: endMs - nowMs }
      }
      const count = sketch?.count(key, nowMs) ?? 0
      if (count < max) add(key, count + 1, nowMs + windowMs, nowMs)
      return { count, leftMs: windowMs }
    },
    learn(key, count, leftMs) {
      const nowMs = now()
      const entry = live(key, nowMs)
      if (entry) {
        if (entry.count < count) raise(entry, count)
      } else add(key, count, nowMs + Math.min(leftMs, windowMs), nowMs)
    },
    get size() {
      return entries.size
    },
  }
}
