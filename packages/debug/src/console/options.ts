import type { Middleware } from '@clew/internal/requests/middleware'
import { type Check, optionCheck } from '../errors.ts'
import {
  type LogPayloadsOptions,
  logPayloads,
  type PayloadLogger,
} from '../payloads/log-payloads.ts'
import type { OverridableLogger } from '../sessions/logger.ts'
import { ttlBounds } from '../sessions/session.ts'
import type { SessionLimits } from '../sessions/sessions.ts'
import type { SessionStore } from '../sessions/store.ts'
import { type AccessRules, type Guard, hostnameOf } from './access.ts'
import { type AccessOptions, createPermissions, type Permissions } from './permissions.ts'

/** How to make a console. */
export interface ConsoleOptions {
  /** The logger whose level the sessions change. */
  readonly logger: OverridableLogger
  /**
   * Called for every request, from loopback or not. `true` or `{ actor }` lets it in; anything
   * else is a 403, and a throw a 503.
   *
   * @defaultValue none: lets in what the guard of the admin listener has let in, and peers on this
   * machine (both ends of the connection on a loopback address, or a Unix socket) that did not come
   * through a proxy
   */
  readonly guard?: Guard | undefined
  /**
   * How long the guard may take, in milliseconds (integer, 1 to 60 000). Then it is a 503.
   *
   * @defaultValue 5000
   */
  readonly guardTimeoutMs?: number | undefined
  /**
   * Names allowed in the `Host` header, in addition to IP addresses and localhost. The check
   * protects from DNS rebinding, so list only names that you own. @defaultValue `[]`
   */
  readonly allowedHosts?: readonly string[] | undefined
  /**
   * What those who are let in may do: `none`, `read` or `write` for `live`, `requests`, `lines`,
   * `sessions`, `profiles`, `pprof`, `stalls`, `retainers`, `heapsnapshot`, `health`, `security`,
   * `configuration`, `build` and `report`; `max` caps them all.
   *
   * @defaultValue `{ max: 'write', heapsnapshot: 'none' }`, everything but snapshots
   */
  readonly access?: AccessOptions | undefined
  /**
   * Whether the bodies of requests and responses are written as debug lines, for the requests of a
   * session; or how, see `logPayloads`. `http()` of the console does it: `@clew/server` mounts it. The
   * logger needs `log`, too.
   *
   * @defaultValue false
   */
  readonly payloads?: boolean | LogPayloadsOptions | undefined
  /**
   * Where the instances of a service share their sessions: `redisSessions(client)`, or your own.
   *
   * @defaultValue none: a session is for this process alone
   */
  readonly store?: SessionStore | undefined
  /** Sessions open at the same time (integer, 1 to 1000). @defaultValue 20 */
  readonly maxSessions?: number | undefined
  /**
   * How long a session lasts by default, in milliseconds (integer, 1 second to 24 hours).
   *
   * @defaultValue 600_000
   */
  readonly defaultTtlMs?: number | undefined
  /**
   * The longest profile that can be requested over HTTP, in seconds (1 to 3600).
   *
   * @defaultValue 120
   */
  readonly maxProfileSeconds?: number | undefined
  /**
   * Whether a heap sampler runs as long as the console does, as in Go. It costs about 1 % of the
   * time of a program that allocates much. Without it, `heap` needs `?seconds=N`.
   *
   * @defaultValue true
   */
  readonly heapSampling?: boolean | undefined
  /**
   * The most memory that a heap snapshot may be expected to need, in bytes (integer, from 1). What is
   * left of the machine and of its cgroups bounds it, too.
   *
   * @defaultValue no bound of its own
   */
  readonly maxSnapshotBytes?: number | undefined
  /**
   * Whether a worker notices that the event loop is blocked, and profiles what blocks it; or for how
   * long it must be blocked, in milliseconds (integer, 100 to 60 000).
   *
   * @defaultValue 1000
   */
  readonly stalls?: boolean | number | undefined
}

export interface CheckedOptions {
  readonly logger: OverridableLogger
  readonly access: AccessRules
  readonly permissions: Permissions
  /** Undefined if no bodies are written. */
  readonly payloads: Middleware | undefined
  readonly store: SessionStore | undefined
  readonly limits: SessionLimits & {
    readonly maxProfileSeconds: number
    readonly maxSnapshotBytes: number
  }
  readonly heapSampling: boolean
  /** Undefined if the event loop is not watched. */
  readonly stallMs: number | undefined
}

const defaultStallMs = 1000

const names: readonly (keyof ConsoleOptions)[] = [
  'logger',
  'guard',
  'guardTimeoutMs',
  'allowedHosts',
  'access',
  'payloads',
  'store',
  'maxSessions',
  'defaultTtlMs',
  'maxProfileSeconds',
  'heapSampling',
  'maxSnapshotBytes',
  'stalls',
]

export function checkedOptions(options: ConsoleOptions): CheckedOptions {
  const check = optionCheck('debug.console')
  const given = check.options('options', options, names)
  const { logger, guard, allowedHosts = [], heapSampling = true } = given
  const { guardTimeoutMs = 5000, stalls = true } = given
  const { maxSessions = 20, defaultTtlMs = 600_000, maxProfileSeconds = 120 } = given
  const { maxSnapshotBytes = Number.MAX_SAFE_INTEGER } = given
  if (typeof logger?.override !== 'function') {
    throw check.error('logger', 'an object with the method override()', logger)
  }
  check.function('guard', guard)
  const hosts = check.strings('allowedHosts', allowedHosts).map((host, index) => {
    const name = hostnameOf(host)
    if (name === undefined || name.includes('*') || /:\d+$/.test(host)) {
      throw check.error(`allowedHosts[${index}]`, 'a host name without a port or *', host)
    }
    return name
  })
  return {
    logger,
    access: {
      guard,
      guardTimeoutMs: check.integer('guardTimeoutMs', guardTimeoutMs, { min: 1, max: 60_000 }),
      allowedHosts: hosts,
    },
    payloads: payloadsOf(logger, given.payloads),
    store: checkedStore(check, given.store),
    permissions: createPermissions(check, given.access),
    limits: {
      maxSessions: check.integer('maxSessions', maxSessions, { min: 1, max: 1000 }),
      defaultTtlMs: check.integer('defaultTtlMs', defaultTtlMs, ttlBounds),
      maxProfileSeconds: check.number('maxProfileSeconds', maxProfileSeconds, {
        min: 1,
        max: 3600,
      }),
      maxSnapshotBytes: check.integer('maxSnapshotBytes', maxSnapshotBytes, {
        min: 1,
        max: Number.MAX_SAFE_INTEGER,
      }),
    },
    heapSampling: check.boolean('heapSampling', heapSampling),
    stallMs:
      typeof stalls === 'boolean'
        ? stalls
          ? defaultStallMs
          : undefined
        : check.integer('stalls', stalls, { min: 100, max: 60_000 }),
  }
}

function checkedStore(check: Check, store: SessionStore | undefined): SessionStore | undefined {
  if (store === undefined) return undefined
  const methods = ['put', 'remove', 'take', 'read', 'watch'] as const
  if (methods.every((name) => typeof store?.[name] === 'function')) return store
  throw check.error('store', `an object with the methods ${methods.join(', ')}`, store)
}

function payloadsOf(
  logger: OverridableLogger,
  payloads: ConsoleOptions['payloads'],
): Middleware | undefined {
  if (payloads === undefined || payloads === false) return undefined
  return logPayloads(logger as unknown as PayloadLogger, payloads === true ? {} : payloads)
}
