import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Report } from '@clew/internal/reports/reporter'
import { type Check, DebugError, optionCheck } from '../errors.ts'
import { CountedMatch } from './match.ts'
import {
  application,
  checkedSession,
  type Level,
  type Session,
  type SessionOptions,
} from './session.ts'

/** What the console needs of a logger. `@clew/log` has it; your own logger may have it too. */
export interface OverridableLogger {
  /**
   * Writes lines from this level on, for the requests that match, or everywhere. Returns a function
   * that ends the override.
   */
  override(override: {
    readonly level: Level
    match?(request: IncomingMessage): boolean
  }): () => void
}

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
  /** Ends a session. Returns false if no session with this id is open. */
  close(id: string): boolean
}

/** Who does something, and from where, for the audit reports. */
export interface Origin {
  readonly actor: string
  readonly from: string
}

/** The sessions, with what the HTTP side of the console needs. */
export interface SessionStore extends Sessions {
  /** @param check - names the request, in the errors for its body */
  openFor(options: SessionOptions, from: string, check: Check): Session
  closeFor(id: string, origin: Origin): boolean
  shutdown(): void
}

export interface SessionLimits {
  readonly maxSessions: number
  readonly defaultTtlMs: number
}

interface Entry {
  readonly session: Session
  readonly counted: CountedMatch | undefined
  readonly end: () => void
}

const theProcess: Origin = { actor: application, from: 'the process' }

export function createSessions(
  logger: OverridableLogger,
  report: (report: Report) => void,
  { maxSessions, defaultTtlMs }: SessionLimits,
): SessionStore {
  const entries = new Map<string, Entry>()
  let closed = false

  function openFor(options: SessionOptions | undefined, from: string, check: Check): Session {
    const { level, filter, match, ttlMs, actor } = checkedSession(check, options, defaultTtlMs)
    if (closed) throw new DebugError('ERR_DEBUG_CLOSED', 'the debug console was shut down')
    if (entries.size >= maxSessions) {
      const message = `${maxSessions} debug sessions are open: close one first`
      throw new DebugError('ERR_DEBUG_TOO_MANY_SESSIONS', message)
    }
    const now = Date.now()
    const session: Session = Object.freeze({
      id: randomBytes(6).toString('hex'),
      level,
      filter,
      everywhere: match === undefined,
      actor,
      openedAt: new Date(now),
      expiresAt: new Date(now + ttlMs),
      requests: match && { seen: 0, matched: 0 },
    })
    const counted = match && new CountedMatch(match)
    const endOverride = logger.override({
      level,
      ...(counted && { match: (request) => counted.test(request) }),
    })
    // A session must not keep an otherwise idle process alive.
    const timer = setTimeout(() => end(session.id, 'expired', theProcess), ttlMs).unref()
    entries.set(session.id, {
      session,
      counted,
      end() {
        clearTimeout(timer)
        endOverride()
      },
    })
    report({
      type: 'debug.session_opened',
      level: 'info',
      message: `debug session opened by ${actor}: level ${level} for ${session.everywhere ? 'every request' : 'some requests'}`,
      fields: { ...fieldsOf(session), ttl_ms: ttlMs, actor, from },
    })
    return session
  }

  function end(id: string, reason: 'closed' | 'expired' | 'shutdown', { actor, from }: Origin) {
    const entry = entries.get(id)
    if (!entry) return false
    entries.delete(id)
    entry.end()
    const { requests } = withCounts(entry)
    // A filter needs requests: without log.http() there are none, and the session did nothing.
    const isUnused = requests?.seen === 0
    const outcome = reason === 'closed' ? `closed by ${actor}` : `ended: ${reason}`
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

  return {
    open: (options) => openFor(options, theProcess.from, optionCheck('sessions.open')),
    openFor,
    list: () => [...entries.values()].map(withCounts),
    close: (id) => end(id, 'closed', theProcess),
    closeFor: (id, origin) => end(id, 'closed', origin),
    shutdown() {
      closed = true
      for (const id of [...entries.keys()]) end(id, 'shutdown', theProcess)
    },
  }
}

const fieldsOf = ({ id, level, filter }: Session) => ({ session: id, session_level: level, filter })

function withCounts({ session, counted }: Entry): Session {
  if (!counted) return session
  return { ...session, requests: { seen: counted.seen, matched: counted.matched } }
}
