import { randomBytes } from 'node:crypto'
import type { Report } from '@clew/internal/reports/reporter'
import { type Check, DebugError, optionCheck } from '../errors.ts'
import { applySession } from './applied-session.ts'
import type { OverridableLogger } from './logger.ts'
import type { CountedMatch } from './match.ts'
import {
  application,
  type CheckedSession,
  checkedSession,
  type Session,
  type SessionOptions,
  ttlBounds,
} from './session.ts'

/** The debug sessions of a console. */
export interface Sessions {
  /**
   * Opens a session; it ends by itself when its time is up.
   *
   * @throws TypeError with code `ERR_DEBUG_OPTION`, or DebugError `ERR_DEBUG_TOO_MANY_SESSIONS`,
   * `ERR_DEBUG_CLOSED`
   */
  open(options?: SessionOptions): Session
  /** The open sessions, oldest first. */
  list(): readonly Session[]
  /**
   * Lets a session last for `ttlMs` from now on (integer, 1 second to 24 hours; by default as long as
   * it was to last at first). Returns undefined if no session with this id is open.
   */
  extend(id: string, ttlMs?: number): Session | undefined
  /** Ends a session. Returns false if no session with this id is open. */
  close(id: string): boolean
}

/** Who does something, and from where, for the audit reports. */
export interface Origin {
  readonly actor: string
  readonly from: string
}

/** The sessions, with what the HTTP side of the console needs. */
export interface OpenSessions extends Sessions {
  /** @param check - names the request, in the errors for its body */
  openFor(options: SessionOptions, from: string, check: Check): Session
  extendFor(id: string, ttlMs: number | undefined, extension: Extension): Session | undefined
  closeFor(id: string, origin: Origin, reason?: EndReason): boolean
  /** Is told of what is done here, not of what other instances have done. */
  onChange(listener: ((change: SessionChange) => void) | undefined): void
  /** Who applies a session, as the store knows it. */
  instancesOf(read: (id: string) => readonly string[] | undefined): void
  /** Opens what another instance has opened, under the same id. */
  adopt(id: string, options: SessionOptions, from: string): void
  shutdown(): void
}

/** Who extends a session, and how the message names the request. */
export interface Extension {
  readonly origin: Origin
  readonly check: Check
  /** False: another instance has done it. */
  readonly isOwn?: boolean
}

export type EndReason = 'closed' | 'closed_elsewhere' | 'expired' | 'shutdown'

/** What has been done with a session. */
export type SessionChange =
  | { readonly kind: 'put'; readonly session: Session }
  | { readonly kind: 'closed'; readonly id: string }

export interface SessionLimits {
  readonly maxSessions: number
  readonly defaultTtlMs: number
}

interface Entry {
  session: Session
  readonly counted: CountedMatch | undefined
  readonly isLocal: boolean
  readonly ttlMs: number
  timer: NodeJS.Timeout
  readonly end: () => void
}

const theProcess: Origin = { actor: application, from: 'the process' }

export function createSessions(
  logger: OverridableLogger,
  report: (report: Report) => void,
  { maxSessions, defaultTtlMs }: SessionLimits,
): OpenSessions {
  const entries = new Map<string, Entry>()
  let closed = false
  let instances: ((id: string) => readonly string[] | undefined) | undefined
  let changed: ((change: SessionChange) => void) | undefined

  // A session must not keep an otherwise idle process alive.
  const expiry = (id: string, ttlMs: number) =>
    setTimeout(() => end(id, 'expired', theProcess), ttlMs).unref()

  function start(id: string, checked: CheckedSession, from: string): Session {
    const { level, filter, match, ttlMs, actor, isLocal } = checked
    if (closed) throw new DebugError('ERR_DEBUG_CLOSED', 'the debug console was shut down')
    if (entries.size >= maxSessions) {
      const message = `${maxSessions} debug sessions are open: close one first`
      throw new DebugError('ERR_DEBUG_TOO_MANY_SESSIONS', message)
    }
    const now = Date.now()
    const isForAll = match === undefined && filter.user === undefined
    const session: Session = Object.freeze({
      id,
      level,
      filter,
      everywhere: isForAll,
      actor,
      openedAt: new Date(now),
      expiresAt: new Date(now + ttlMs),
      requests: isForAll ? undefined : { seen: 0, matched: 0 },
      instances: undefined,
    })
    const applied = applySession(logger, session, match)
    entries.set(id, {
      session,
      counted: applied.counted,
      isLocal,
      ttlMs,
      timer: expiry(id, ttlMs),
      end: applied.end,
    })
    report({
      type: 'debug.session_opened',
      level: 'info',
      message: `debug session opened by ${actor}: level ${level} for ${session.everywhere ? 'every request' : 'some requests'}`,
      fields: { ...fieldsOf(session), ttl_ms: ttlMs, actor, from },
    })
    return session
  }

  function openFor(options: SessionOptions | undefined, from: string, check: Check): Session {
    const checked = checkedSession(check, options, defaultTtlMs)
    const session = start(randomBytes(6).toString('hex'), checked, from)
    if (!checked.isLocal) changed?.({ kind: 'put', session })
    return session
  }

  function extendFor(
    id: string,
    ttlMs: number | undefined,
    { origin: { actor, from }, check, isOwn = true }: Extension,
  ): Session | undefined {
    const entry = entries.get(id)
    const asked = ttlMs === undefined ? undefined : check.integer('ttlMs', ttlMs, ttlBounds)
    if (!entry) return undefined
    const lasts = asked ?? entry.ttlMs
    clearTimeout(entry.timer)
    entry.timer = expiry(id, lasts)
    entry.session = Object.freeze({ ...entry.session, expiresAt: new Date(Date.now() + lasts) })
    report({
      type: 'debug.session_extended',
      level: 'info',
      message: `debug session extended by ${actor}`,
      fields: { ...fieldsOf(entry.session), ttl_ms: lasts, actor, from },
    })
    const session = withCounts(entry)
    if (isOwn && !entry.isLocal) changed?.({ kind: 'put', session })
    return session
  }

  function end(id: string, reason: EndReason, { actor, from }: Origin) {
    const entry = entries.get(id)
    if (!entry) return false
    entries.delete(id)
    clearTimeout(entry.timer)
    entry.end()
    if (reason === 'closed' && !entry.isLocal) changed?.({ kind: 'closed', id })
    const { requests } = withCounts(entry)
    // A filter needs requests: without log.http() there are none, and the session did nothing.
    const isUnused = requests?.seen === 0
    const outcome = reason.startsWith('closed') ? `closed by ${actor}` : `ended: ${reason}`
    report({
      type: 'debug.session_closed',
      level: isUnused ? 'warn' : 'info',
      message: `debug session ${outcome}${isUnused ? '; no request reached it: is log.http() in front of the routes?' : ''}`,
      fields: {
        ...fieldsOf(entry.session),
        reason,
        actor,
        from,
        ...(requests && { requests_seen: requests.seen, requests_matched: requests.matched }),
      },
    })
    return true
  }

  function withCounts({ session, counted }: Entry): Session {
    return {
      ...session,
      ...(counted && { requests: { seen: counted.seen, matched: counted.matched } }),
      instances: instances?.(session.id),
    }
  }

  return {
    open: (options) => openFor(options, theProcess.from, optionCheck('sessions.open')),
    openFor,
    list: () => [...entries.values()].map(withCounts),
    extend: (id, ttlMs) =>
      extendFor(id, ttlMs, { origin: theProcess, check: optionCheck('sessions.extend') }),
    extendFor,
    close: (id) => end(id, 'closed', theProcess),
    closeFor: (id, origin, reason = 'closed') => end(id, reason, origin),
    onChange(listener) {
      changed = listener
    },
    instancesOf(read) {
      instances = read
    },
    adopt(id, options, from) {
      start(id, checkedSession(optionCheck('sessions'), options, defaultTtlMs), from)
    },
    shutdown() {
      closed = true
      for (const id of [...entries.keys()]) end(id, 'shutdown', theProcess)
    },
  }
}

const fieldsOf = ({ id, level, filter }: Session) => ({ session: id, session_level: level, filter })
