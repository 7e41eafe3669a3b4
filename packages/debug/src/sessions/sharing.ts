import { hostname } from 'node:os'
import { reasonOf } from '@clew/internal/errors/reason'
import type { Report } from '@clew/internal/reports/reporter'
import { optionCheck } from '../errors.ts'
import { type Session, type SessionOptions, ttlBounds } from './session.ts'
import type { OpenSessions } from './sessions.ts'
import type { SessionStore, Stored, StoredSession } from './store.ts'

export interface Sharing {
  stop(): Promise<void>
}

/** A store that is down is tried this often. */
const retryMs = 1000
/** What is published may get lost: after so many of them all is read again. */
const readAgain = 10
const deadlineMs = 2000
/** Extensions of less are only differences of clocks. */
const toleranceMs = 1500

const elsewhere = { actor: 'another instance', from: 'the store' }

/** The name of this process among the others. */
export const instanceName = (): string => `${hostname()} ${process.pid}`.slice(0, 256)

/**
 * Keeps the sessions of this process and those in the store the same. While the store is down, each
 * process has its own; when it is back, what was opened meanwhile is given to it.
 */
export function shareSessions(
  sessions: OpenSessions,
  store: SessionStore,
  report: (report: Report) => void,
): Sharing {
  const instance = instanceName()
  /** What the store is known to have, and who applies it. */
  const shared = new Map<string, readonly string[]>()
  /** What it does not know yet. */
  const pending = new Map<string, Session | 'closed'>()
  let isDown = false
  let stopped = false
  let connecting: Promise<void> | undefined
  let endWatch: (() => Promise<unknown>) | undefined
  let running: Promise<void> | undefined
  let again = false

  let ticks = 0
  const timer = setInterval(() => {
    ticks++
    if (isDown || ticks % readAgain === 0) void sync()
  }, retryMs).unref()
  sessions.onChange((change) => {
    if (change.kind === 'put') pending.set(change.session.id, change.session)
    else pending.set(change.id, 'closed')
    void sync()
  })
  sessions.instancesOf((id) => shared.get(id))
  void sync()

  /** One at a time; what comes meanwhile is done by one more. */
  function sync(): Promise<void> {
    if (running) {
      again = true
      return running
    }
    running = once().finally(() => {
      running = undefined
      if (again && !stopped) {
        again = false
        void sync()
      }
    })
    return running
  }

  async function once(): Promise<void> {
    try {
      await give()
      await watch()
      const stored = await inTime(store.read())
      if (stopped) return
      forget(stored)
      for (const each of stored.sessions)
        if (adopt(each)) await inTime(store.take(each.id, instance))
      // A store that has lost them gets them again.
      await give()
      if (isDown) {
        isDown = false
        tell('debug.store_up', 'info', 'debug sessions are shared again', {})
      }
    } catch (error) {
      if (isDown || stopped) return
      isDown = true
      const message = 'the store of debug sessions is down: each instance has its own meanwhile'
      tell('debug.store_down', 'warn', message, { reason: reasonOf(error) })
    }
  }

  const tell = (type: string, level: Report['level'], message: string, fields: Report['fields']) =>
    report({ type, level, message, fields })

  /** Subscribes once; a client that has subscribed does so again by itself when it reconnects. */
  async function watch(): Promise<void> {
    if (stopped) return
    // One that takes longer is waited for the next time: a second one would come beside it, and stay.
    connecting ??= connect().catch((error: unknown) => {
      connecting = undefined
      throw error
    })
    await inTime(connecting)
  }

  async function connect(): Promise<void> {
    const end = await store.watch(() => void sync())
    if (stopped) await end()
    else endWatch = end
  }

  /** Gives the store what it does not know. */
  async function give(): Promise<void> {
    for (const [id, what] of pending) {
      if (what === 'closed') await inTime(store.remove(id))
      else {
        const leftMs = what.expiresAt.getTime() - Date.now()
        const { level, filter, actor } = what
        const session = JSON.stringify({ level, filter, actor })
        if (leftMs > 0) await inTime(store.put(id, session, leftMs))
      }
      // Unless it has changed again meanwhile.
      if (pending.get(id) === what) pending.delete(id)
    }
  }

  /** Ends what was closed elsewhere. */
  function forget({ sessions: kept, closed }: Stored): void {
    const ids = new Set(kept.map(({ id }) => id))
    for (const id of shared.keys()) {
      if (ids.has(id)) continue
      shared.delete(id)
      const own = sessions.list().find((each) => each.id === id)
      if (!own || pending.has(id)) continue
      if (closed.includes(id)) sessions.closeFor(id, elsewhere, 'closed_elsewhere')
      else pending.set(id, own)
    }
  }

  /** Does here what others have done. Returns true if the session is applied here. */
  function adopt({ id, session, leftMs, instances }: StoredSession): boolean {
    if (pending.has(id)) return false
    const ttlMs = Math.max(ttlBounds.min, Math.round(leftMs))
    const own = sessions.list().find((each) => each.id === id)
    if (own) {
      const difference = Math.abs(own.expiresAt.getTime() - Date.now() - leftMs)
      if (difference > toleranceMs) {
        const check = optionCheck('sessions')
        sessions.extendFor(id, ttlMs, { origin: elsewhere, check, isOwn: false })
      }
    } else if (!opened(id, session, ttlMs)) return false
    shared.set(id, instances.includes(instance) ? instances : [...instances, instance].sort())
    return true
  }

  /** What is in the store may come from another version, or from anybody: it is checked as a request is. */
  function opened(id: string, session: string, ttlMs: number): boolean {
    try {
      const { level, filter, actor } = JSON.parse(session) as SessionOptions
      sessions.adopt(id, { level, filter, actor, ttlMs }, elsewhere.from)
      return true
    } catch {
      return false
    }
  }

  return {
    async stop() {
      stopped = true
      clearInterval(timer)
      sessions.onChange(undefined)
      await endWatch?.().catch(() => {})
    },
  }
}

/** A client without a connection waits for one, however long it takes. */
async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${deadlineMs} ms`)), deadlineMs)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
