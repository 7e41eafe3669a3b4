import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { DebugError, optionError } from './errors.ts'
import { checkedFilter, type Match, matchOf, type SessionFilter } from './filter.ts'
import { integerIn, onlyKeys, shown, textOf } from './options.ts'
import type { Reports } from './reports.ts'

/** The level of a session. */
export type Level = 'debug' | 'info' | 'warn' | 'error'

/** What the console needs of a logger. `@clew/log` has it; so may your own. */
export interface OverridableLogger {
  /** Writes lines from this level on, for the requests that match, or everywhere; returns what ends it. */
  override(override: {
    readonly level: Level
    match?(request: IncomingMessage): boolean
  }): () => void
}

/** What a debug session is. */
export interface SessionOptions {
  /** Lines from this level on are written while the session is open. @defaultValue `'debug'` */
  readonly level?: Level
  /** Which requests it is for. @defaultValue every request, and every line outside of one */
  readonly filter?: SessionFilter
  /** A test of your own, in addition to `filter`. One that throws does not match. */
  match?(request: IncomingMessage): boolean
  /** How long the session lasts, in milliseconds (integer, 1 second to 24 hours). @defaultValue `defaultTtlMs` of the console */
  readonly ttlMs?: number
  /** Who opens it, for the audit line (at most 128 characters). @defaultValue `'application'` */
  readonly actor?: string
}

/** An open debug session. */
export interface Session {
  readonly id: string
  readonly level: Level
  readonly filter: SessionFilter
  /** Whether it holds for every request and every line: neither `filter` nor `match` was given. */
  readonly everywhere: boolean
  readonly actor: string
  readonly openedAt: Date
  readonly expiresAt: Date
}

/** The debug sessions of a console. */
export interface Sessions {
  /**
   * Opens a session; it ends by itself when its time is up.
   *
   * @throws TypeError with code `ERR_DEBUG_OPTION`, or DebugError `ERR_DEBUG_TOO_MANY_SESSIONS`, `ERR_DEBUG_CLOSED`
   */
  open(options?: SessionOptions): Session
  /** The open sessions, oldest first. */
  list(): readonly Session[]
  /** Ends a session. False when there is none of this id. */
  close(id: string): boolean
}

/** Who asks, for the audit. */
export interface Origin {
  readonly actor: string
  readonly from: string
}

export interface SessionStore extends Sessions {
  openFor(options: SessionOptions, from: string): Session
  closeFor(id: string, origin: Origin): boolean
  shutdown(): void
}

export const maxTtlMs: number = 24 * 60 * 60 * 1000
const levels: readonly unknown[] = ['debug', 'info', 'warn', 'error']
const application: Origin = { actor: 'application', from: 'the process' }

export function createSessions(
  logger: OverridableLogger,
  reports: Reports,
  { maxSessions, defaultTtlMs }: { readonly maxSessions: number; readonly defaultTtlMs: number },
): SessionStore {
  const open = new Map<string, { readonly session: Session; readonly end: () => void }>()
  let closed = false

  function openFor(options: SessionOptions, from: string): Session {
    const { level, filter, match, ttlMs, actor } = checked(options, defaultTtlMs)
    if (closed) throw new DebugError('ERR_DEBUG_CLOSED', 'the debug console was shut down')
    if (open.size >= maxSessions)
      throw new DebugError(
        'ERR_DEBUG_TOO_MANY_SESSIONS',
        `${maxSessions} debug sessions are open: close one first`,
      )
    const now = Date.now()
    const session: Session = Object.freeze({
      id: randomBytes(6).toString('hex'),
      level,
      filter,
      everywhere: match === undefined,
      actor,
      openedAt: new Date(now),
      expiresAt: new Date(now + ttlMs),
    })
    const endOverride = logger.override({ level, ...(match && { match }) })
    // A session must not keep a process alive that has nothing else to do.
    const timer = setTimeout(() => end(session.id, 'expired', application), ttlMs).unref()
    open.set(session.id, {
      session,
      end() {
        clearTimeout(timer)
        endOverride()
      },
    })
    reports.send({
      type: 'debug.session_opened',
      level: 'info',
      message: `debug session opened by ${actor}: level ${level} for ${session.everywhere ? 'every request' : 'some requests'}`,
      fields: { ...fieldsOf(session), ttl_ms: ttlMs, actor, from },
    })
    return session
  }

  function end(id: string, reason: 'closed' | 'expired' | 'shutdown', { actor, from }: Origin) {
    const entry = open.get(id)
    if (!entry) return false
    open.delete(id)
    entry.end()
    reports.send({
      type: 'debug.session_closed',
      level: 'info',
      message: `debug session ${reason === 'closed' ? `closed by ${actor}` : `ended: ${reason}`}`,
      fields: { ...fieldsOf(entry.session), reason, actor, from },
    })
    return true
  }

  return {
    open: (options = {}) => openFor(options, application.from),
    openFor,
    list: () => [...open.values()].map(({ session }) => session),
    close: (id) => end(id, 'closed', application),
    closeFor: (id, origin) => end(id, 'closed', origin),
    shutdown() {
      closed = true
      for (const id of [...open.keys()]) end(id, 'shutdown', application)
    },
  }
}

const fieldsOf = ({ id, level, filter }: Session) => ({ session: id, session_level: level, filter })

function checked(options: SessionOptions, defaultTtlMs: number) {
  onlyKeys('a session', options, ['level', 'filter', 'match', 'ttlMs', 'actor'])
  const { level = 'debug', ttlMs = defaultTtlMs, actor = application.actor, match } = options
  if (!levels.includes(level))
    throw optionError(`level must be debug, info, warn or error, got ${shown(level)}`)
  if (match !== undefined && typeof match !== 'function')
    throw optionError(`match must be a function, got ${shown(match)}`)
  const filter = checkedFilter(options.filter ?? {})
  return {
    level,
    filter,
    match: both(matchOf(filter), match && guarded(match)),
    ttlMs: integerIn('ttlMs', ttlMs, 1000, maxTtlMs),
    actor: textOf('actor', actor, 128),
  }
}

const both = (a: Match | undefined, b: Match | undefined): Match | undefined =>
  a && b ? (request) => a(request) && b(request) : (a ?? b)

/** It runs inside the logger, on the path of every request: it must not throw there. */
function guarded(match: Match): Match {
  return (request) => {
    try {
      return match(request) === true
    } catch {
      return false
    }
  }
}
