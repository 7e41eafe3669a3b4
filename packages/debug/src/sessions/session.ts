import type { IncomingMessage } from 'node:http'
import type { Bounds } from '@clew/internal/options/check'
import type { Check } from '../errors.ts'
import { checkedFilter, type SessionFilter } from './filter.ts'
import { checkedLine } from './line.ts'
import { type Match, matchOf } from './match.ts'

/** The level of a session. Warnings and errors are always written at once: no session is needed. */
export type Level = 'debug' | 'info'

/** How to open a session. */
export interface SessionOptions {
  /** Lines from this level on are written while the session is open. @defaultValue `'debug'` */
  readonly level?: Level | undefined
  /** Which requests it is for. @defaultValue every request, and every line outside of requests */
  readonly filter?: SessionFilter | undefined
  /** A test of your own, in addition to `filter`. A request for which it throws does not match. */
  match?(request: IncomingMessage): boolean
  /**
   * How long the session lasts, in milliseconds (integer, 1 second to 24 hours).
   *
   * @defaultValue `defaultTtlMs` of the console
   */
  readonly ttlMs?: number | undefined
  /** Who opens it, for the audit report (1 to 128 characters). @defaultValue `'application'` */
  readonly actor?: string | undefined
}

/** An open debug session. */
export interface Session {
  readonly id: string
  readonly level: Level
  readonly filter: SessionFilter
  /** Whether it applies to every request and every line: neither `filter` nor `match` was given. */
  readonly everywhere: boolean
  readonly actor: string
  readonly openedAt: Date
  readonly expiresAt: Date
  /**
   * How many requests the logger has compared with the filter so far, and how many of them matched.
   * None seen while there is traffic: nothing opens a scope for each request, as `log.http()` does.
   * Undefined if the session is for everything.
   */
  readonly requests: { readonly seen: number; readonly matched: number } | undefined
  /**
   * The instances that apply it, this one too. Undefined without a store, and for a session with
   * `match`, which stays in its process.
   */
  readonly instances: readonly string[] | undefined
}

export interface CheckedSession extends Pick<Session, 'level' | 'filter' | 'actor'> {
  /** Undefined: it is for everything, or for a user alone. */
  readonly match: Match | undefined
  /** Whether there is a function of the program in it, which no other process has. */
  readonly isLocal: boolean
  readonly ttlMs: number
}

/** The actor of sessions that the application opens itself. */
export const application = 'application'

const levels: readonly Level[] = ['debug', 'info']

/** The bounds of a session's time, in milliseconds. */
export const ttlBounds: Bounds = { min: 1000, max: 24 * 60 * 60 * 1000 }

export function checkedSession(
  check: Check,
  options: SessionOptions | undefined,
  defaultTtlMs: number,
): CheckedSession {
  const names = ['level', 'filter', 'match', 'ttlMs', 'actor'] as const
  const given = check.options('options', options, names)
  const { level = 'debug', ttlMs = defaultTtlMs, actor = application, match } = given
  check.oneOf('level', level, levels)
  check.function('match', match)
  const filter = checkedFilter(check, given.filter)
  return {
    level,
    filter,
    match: both(matchOf(filter), match && guarded(match)),
    isLocal: match !== undefined,
    ttlMs: check.integer('ttlMs', ttlMs, ttlBounds),
    actor: checkedLine(check, 'actor', actor, 128),
  }
}

const both = (a: Match | undefined, b: Match | undefined): Match | undefined =>
  a && b ? (request) => a(request) && b(request) : (a ?? b)

/** It runs inside the logger, for every request: it must not throw there. */
function guarded(match: Match): Match {
  return (request) => {
    try {
      return match(request) === true
    } catch {
      return false
    }
  }
}
