import { dependency } from './dependency.ts'
import { invalid } from './errors.ts'
import { type Failure, failureOf } from './failure.ts'
import { type Handler, handlerOf, isKind, type Kind } from './handler.ts'
import { integer, optionsObject, shown, text } from './options.ts'
import { type Pinger, type ValidPinger, validPinger } from './pinger.ts'
import { type Report, reports } from './reports.ts'
import { type Outcome, runner, seconds } from './run.ts'
import { observed, recordState } from './telemetry.ts'

/** `pass` and `warn` are healthy enough to serve; the words of `application/health+json`. */
export type Status = 'pass' | 'warn' | 'fail'

/** What is known of one dependency. */
export interface Check {
  readonly name: string
  /** Up or down, after `failAfter` and `recoverAfter`. */
  readonly up: boolean
  /** `pass`: up. `warn`: up although the last ping failed, or down and not critical. `fail`: down and critical. */
  readonly status: Status
  readonly critical: boolean
  /** An earlier ping is still running although its time is up; no other one was started. */
  readonly stuck: boolean
  /** Failures in a row. */
  readonly failures: number
  /** How long the last ping took, or has been running when it is stuck, in milliseconds. */
  readonly durationMs: number
  /** Why it is not simply `pass`: one line, bounded, without credentials. */
  readonly error?: string
  /** The `code` of that error, where it has one. */
  readonly code?: string
  /** When it was last asked, ISO 8601. */
  readonly checkedAt: string
  /** Since when it has been up or down, ISO 8601. */
  readonly since: string
}

/** What `check` returns: the state of everything at one time. Frozen. */
export interface Health {
  /** `fail` when a critical dependency is down or the checker drains; else `warn` when a check says so; else `pass`. */
  readonly status: Status
  /** Whole seconds since the process started. */
  readonly uptime: number
  readonly version: string
  readonly draining: boolean
  /** In the order of the pingers. */
  readonly checks: readonly Check[]
}

export interface CheckerOptions {
  /** Version of the service, shown in the bodies. @defaultValue '' */
  readonly version?: string | undefined
  /**
   * How long a result is given again before the dependencies are asked anew, in milliseconds (integer ≥ 0, 0 = never).
   * Failures are kept as long as successes, so that probes never become load. @defaultValue 5000
   */
  readonly cacheMs?: number | undefined
  /** Longest error text in bodies, reports and spans, in characters (integer 16 to 2000). @defaultValue 300 */
  readonly maxErrorLength?: number | undefined
}

/** Asks dependencies, and answers probes. */
export interface Checker {
  /**
   * Asks all dependencies at the same time, or returns what is known if that is younger than `cacheMs`. Calls at the same
   * time share one round. Never rejects; takes at most the longest `timeoutMs`.
   */
  check(): Promise<Health>
  /**
   * Answers GET and HEAD, on any path:
   * - `live`: 200 as long as the process answers. Asks no dependency, whatever the checker was given.
   * - `ready`: 200, or 503 when a critical dependency is down or the checker drains.
   * - `startup`: 503 until `ready` would have been 200 once, then 200 for good.
   * - `details`: as `ready`, with a body that names the dependencies and their errors. For an internal listener.
   */
  handler(kind: Kind): Handler
  /** From now on readiness answers 503, without asking. Liveness stays 200. Cannot be undone. */
  drain(): void
  /** One report per dependency that goes down or comes back. Returns a function that ends the subscription. */
  subscribe(listener: (report: Report) => void): () => void
  /** Drains, aborts what runs, and closes the pingers. Nothing is asked or reported any more. Never rejects. */
  shutdown(): Promise<void>
}

/**
 * Makes a checker of some dependencies.
 *
 * @throws TypeError `ERR_HEALTH_NAME` (two of the same name, a bad one), `ERR_HEALTH_OPTION`
 */
export function checker(pingers: readonly Pinger[], options?: CheckerOptions): Checker {
  const given = optionsObject('checker', options, ['version', 'cacheMs', 'maxErrorLength'])
  const version = text('checker: version', given.version ?? '')
  const cacheMs = integer('checker: cacheMs', given.cacheMs ?? 5_000, { min: 0 })
  const maxErrorLength = integer('checker: maxErrorLength', given.maxErrorLength ?? 300, {
    min: 16,
    max: 2_000,
  })
  const describe = (error: unknown) => failureOf(error, maxErrorLength)
  const { subscribe, publish } = reports()

  const watched = valid(pingers).map((pinger) => {
    const runs = runner(pinger)
    const state = dependency(pinger.failAfter, pinger.recoverAfter)
    return { pinger, runs, state, latest: undefined as Check | undefined }
  })

  let draining = false
  let stopped = false
  let started = false
  let round: Promise<unknown> | undefined
  let askedAt = Number.NEGATIVE_INFINITY

  async function ask(one: (typeof watched)[number]): Promise<void> {
    const { pinger, runs, state } = one
    const { name, critical } = pinger
    const outcome = runs.stuck() ?? (await observed(name, runs.run, describe))
    if (stopped || outcome.result === 'stopped') return
    const at = Date.now()
    const failure = outcome.result === 'passed' ? undefined : describe(outcome.error)
    const change = state.note(failure, at)
    one.latest = checkOf(one, outcome, at)
    if (change) publish(reportOf(pinger, change, state.failure))
    await recordState(name, critical, change?.up ?? state.up ?? false)
  }

  async function refresh(): Promise<void> {
    if (stopped || performance.now() - askedAt < cacheMs) return
    round ??= Promise.all(watched.map(ask)).finally(() => {
      askedAt = performance.now()
      round = undefined
    })
    await round
  }

  function health(): Health {
    // Nothing is left out but after a shutdown in the middle of the first round.
    const checks = watched.flatMap(({ latest }) => latest ?? [])
    const has = (status: Status) => checks.some((check) => check.status === status)
    const status = draining || has('fail') ? 'fail' : has('warn') ? 'warn' : 'pass'
    if (status !== 'fail') started = true
    return Object.freeze({
      status,
      uptime: Math.floor(process.uptime()),
      version,
      draining,
      checks: Object.freeze(checks),
    })
  }

  async function check(): Promise<Health> {
    await refresh()
    return health()
  }

  return Object.freeze({
    check,
    handler(kind: Kind): Handler {
      if (!isKind(kind)) {
        throw invalid(
          'ERR_HEALTH_OPTION',
          `handler: the kind must be live, ready, startup or details, got ${shown(kind)}`,
        )
      }
      return handlerOf(kind, {
        check,
        isDraining: () => draining,
        hasStarted: () => started,
      })
    },
    drain() {
      draining = true
    },
    subscribe,
    async shutdown() {
      draining = true
      if (stopped) return
      stopped = true
      for (const { runs } of watched) runs.stop()
      await Promise.allSettled(watched.map(async ({ pinger }) => pinger.close()))
    },
  })
}

function valid(pingers: readonly Pinger[]): ValidPinger[] {
  if (!Array.isArray(pingers)) {
    throw invalid('ERR_HEALTH_OPTION', `checker: pingers must be an array, got ${shown(pingers)}`)
  }
  const names = new Set<string>()
  return pingers.map((pinger: unknown, index) => {
    if (
      typeof pinger !== 'object' ||
      pinger === null ||
      typeof (pinger as Pinger).ping !== 'function'
    ) {
      throw invalid(
        'ERR_HEALTH_OPTION',
        `checker: pingers[${index}] must have a name and a function ping, got ${shown(pinger)}`,
      )
    }
    const checked = validPinger(pinger as Pinger, 'checker: pinger')
    if (names.has(checked.name)) {
      throw invalid(
        'ERR_HEALTH_NAME',
        `checker: two dependencies are named ${shown(checked.name)}; each needs a name of its own`,
      )
    }
    names.add(checked.name)
    return checked
  })
}

function checkOf(
  { pinger, state }: { pinger: ValidPinger; state: ReturnType<typeof dependency> },
  outcome: Outcome,
  at: number,
): Check {
  const { name, critical } = pinger
  const up = state.up === true
  const { failure } = state
  return Object.freeze({
    name,
    up,
    status: up ? (failure ? 'warn' : 'pass') : critical ? 'fail' : 'warn',
    critical,
    stuck: outcome.result === 'stuck',
    failures: state.failures,
    durationMs: Math.round(outcome.durationMs * 100) / 100,
    ...(failure && { error: failure.message }),
    ...(failure?.code && { code: failure.code }),
    checkedAt: new Date(at).toISOString(),
    since: new Date(state.changedAt).toISOString(),
  })
}

function reportOf(
  { name, critical }: ValidPinger,
  { up, lastedMs }: { up: boolean; lastedMs: number },
  failure: Failure | undefined,
): Report {
  if (up) {
    return {
      type: 'health.changed',
      level: 'info',
      message: `${name} is back after ${seconds(lastedMs)}`,
      fields: { dep: name, critical, down_ms: lastedMs },
    }
  }
  return {
    type: 'health.changed',
    level: critical ? 'error' : 'warn',
    message: `${name} is down: ${failure?.message}`,
    fields: {
      dep: name,
      critical,
      err: failure?.message,
      ...(failure?.code && { code: failure.code }),
    },
  }
}
