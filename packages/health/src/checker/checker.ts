import { offer } from '@clew/internal/observers/source'
import { createReporter, type Report } from '@clew/internal/reports/reporter'
import { type Answer, createAnswers, type Kind, kinds, type Probe } from '../answer/answer.ts'
import { createHandler, type Handler } from '../answer/handler.ts'
import {
  createMiddleware,
  createMount,
  type Middleware,
  type MountOptions,
} from '../answer/mount.ts'
import { nameCheck, optionCheck } from '../errors.ts'
import type { Health, Status } from '../health.ts'
import { createLiveness } from '../liveness/liveness.ts'
import { type LivenessLimits, type LivenessOptions, livenessLimits } from '../liveness/options.ts'
import { type CheckedPinger, checkedPinger, type Pinger } from '../pingers/pinger.ts'
import { failureOf } from '../pings/failure.ts'
import { createWatchedPinger } from './watched-pinger.ts'

export interface CheckerOptions {
  /** The version of the service, shown in the bodies. @defaultValue '' */
  readonly version?: string | undefined
  /**
   * How long a result is reused before the dependencies are pinged again, in milliseconds (integer,
   * 0 to 2 147 483 647; 0 = never). Failures are reused as long as successes, so that probes never
   * become load. @defaultValue 5000
   */
  readonly cacheMs?: number | undefined
  /**
   * How long the answer of a handler waits for the pings, in milliseconds (integer, 1 to 100 000).
   * Pings that take longer go on, and the answer says what was known before them, marked as stale;
   * as long as nothing is known it waits ten times as long. Keep ten times the value below the
   * timeout of the prober; the kubelet's is one second.
   * @defaultValue 75
   */
  readonly answerMs?: number | undefined
  /**
   * The longest error message in bodies, reports and spans, in characters (integer, 16 to 2000).
   *
   * @defaultValue 300
   */
  readonly maxErrorLength?: number | undefined
  /**
   * When liveness is 503 although the process answers: a blocked event loop, a full heap.
   *
   * @defaultValue {}: never
   */
  readonly liveness?: LivenessOptions | undefined
}

/** Pings dependencies, and answers probes. */
export interface Checker {
  /**
   * Pings all dependencies at the same time, or returns the last result if it is younger than
   * `cacheMs`. Concurrent calls share one round. Never rejects; takes at most the longest
   * `timeoutMs`.
   */
  check(): Promise<Health>
  /**
   * Answers GET and HEAD, on any path, within `answerMs`:
   * - `live`: 200 as long as the process answers, or until a limit of `liveness` is passed for long,
   *   except while it drains. Never pings a dependency.
   * - `ready`: 200, or 503 if a critical dependency is down or the checker drains.
   * - `startup`: 503 until `ready` would have been 200 once, then always 200.
   * - `details`: as `ready`, with a body that names the dependencies and their errors. For an
   *   internal listener.
   *
   * @throws TypeError `ERR_HEALTH_OPTION`
   */
  handler(kind: Kind): Handler
  /**
   * Connect middleware that answers `/livez`, `/readyz` and `/startupz` as {@link handler} does, and
   * passes on everything else. `details` is mounted only where you say.
   *
   * @throws TypeError `ERR_HEALTH_OPTION`
   */
  http(options?: MountOptions): Middleware
  /**
   * What {@link handler} would answer, for a framework without Node's request and response. Never
   * rejects.
   *
   * @throws TypeError `ERR_HEALTH_OPTION`
   */
  answer(kind: Kind, probe?: Probe): Promise<Answer>
  /** From now on readiness is 503, without pinging. Liveness stays 200. Cannot be undone. */
  drain(): void
  /** Aborts when the checker drains. */
  readonly drainSignal: AbortSignal
  /**
   * Subscribes to one report for each dependency that goes down or recovers, and for liveness.
   * Returns a function that unsubscribes.
   */
  subscribe(listener: (report: Report) => void): () => void
  /**
   * Drains, aborts the running pings, and closes the pingers. Nothing is pinged or reported any
   * more. Never rejects.
   */
  shutdown(): Promise<void>
}

/**
 * Creates a checker of some dependencies.
 *
 * @throws TypeError `ERR_HEALTH_NAME` (an invalid name, or one used twice), `ERR_HEALTH_OPTION`
 */
export function createChecker(pingers: readonly Pinger[], options?: CheckerOptions): Checker {
  const { version, cacheMs, answerMs, maxErrorLength, limits } = checkedOptions(options)
  const { subscribe, report } = createReporter()
  const describe = (error: unknown) => failureOf(error, maxErrorLength)
  const watched = checkedPingers(pingers).map((pinger) =>
    createWatchedPinger(pinger, { describe, report }),
  )

  const liveness = limits && createLiveness(limits, report)
  const drained = new AbortController()
  let draining = false
  let stopped = false
  let started = false
  let round: Round | undefined
  let pingedAt = Number.NEGATIVE_INFINITY

  /** The round that runs, or a new one if the last one is too old. */
  function currentRound(): Round | undefined {
    if (stopped || performance.now() - pingedAt < cacheMs) return undefined
    round ??= startRound()
    return round
  }

  function startRound(): Round {
    const waitMs = watched.every(({ isKnown }) => isKnown) ? answerMs : answerMs * 10
    const done = Promise.all(watched.map((pinger) => pinger.ping())).finally(() => {
      pingedAt = performance.now()
      round = undefined
    })
    return { done, inTime: within(waitMs, done) }
  }

  function health(): Health {
    // Only a shutdown during the first round leaves one out.
    const checks = watched.flatMap((pinger) => pinger.latest() ?? [])
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
    await currentRound()?.done
    return health()
  }

  async function checkInTime(): Promise<Health> {
    await currentRound()?.inTime
    return health()
  }

  const source = {
    check: checkInTime,
    liveness() {
      const reason = draining ? undefined : liveness?.complaint()
      return reason ? ({ status: 'fail', reason } as const) : ({ status: 'pass' } as const)
    },
    isDraining: () => draining,
    hasStarted: () => started,
  }
  const answers = {
    live: createAnswers('live', source),
    ready: createAnswers('ready', source),
    startup: createAnswers('startup', source),
    details: createAnswers('details', source),
  }

  function drain(): void {
    draining = true
    drained.abort()
  }

  const withdraw = offer('health.check', check)
  return Object.freeze({
    check,
    handler(kind: Kind): Handler {
      optionCheck('checker.handler').oneOf('kind', kind, kinds)
      return createHandler(answers[kind])
    },
    http: (options?: MountOptions) =>
      createMiddleware(createMount('checker.http', options), (kind, probe) => answers[kind](probe)),
    answer(kind: Kind, probe: Probe = {}): Promise<Answer> {
      optionCheck('checker.answer').oneOf('kind', kind, kinds)
      return answers[kind](probe)
    },
    drain,
    drainSignal: drained.signal,
    subscribe,
    async shutdown() {
      drain()
      if (stopped) return
      stopped = true
      withdraw()
      liveness?.stop()
      await Promise.allSettled(watched.map((pinger) => pinger.stop()))
    },
  })
}

/** One ping of each dependency. */
interface Round {
  readonly done: Promise<unknown>
  /** Resolves when it is done, or when an answer can wait no longer. One timer for all of them. */
  readonly inTime: Promise<void>
}

function within(ms: number, done: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    const end = () => {
      clearTimeout(timer)
      resolve()
    }
    done.then(end, end)
  })
}

const caller = 'health.checker'

function checkedOptions(options: CheckerOptions | undefined): {
  version: string
  cacheMs: number
  answerMs: number
  maxErrorLength: number
  limits: LivenessLimits | undefined
} {
  const check = optionCheck(caller)
  const names = ['version', 'cacheMs', 'answerMs', 'maxErrorLength', 'liveness'] as const
  const given = check.options('options', options, names)
  const { version = '', cacheMs = 5_000, answerMs = 75, maxErrorLength = 300 } = given
  if (typeof version !== 'string') throw check.error('version', 'a string', version)
  return {
    version,
    cacheMs: check.milliseconds('cacheMs', cacheMs),
    answerMs: check.integer('answerMs', answerMs, { min: 1, max: 100_000 }),
    maxErrorLength: check.integer('maxErrorLength', maxErrorLength, { min: 16, max: 2_000 }),
    limits: livenessLimits(caller, given.liveness),
  }
}

function checkedPingers(pingers: readonly Pinger[]): CheckedPinger[] {
  const check = optionCheck(caller)
  if (!Array.isArray(pingers)) throw check.error('pingers', 'an array', pingers)
  const names = new Set<string>()
  return (pingers as readonly Pinger[]).map((pinger, index) => {
    const option = `pingers[${index}]`
    if (typeof check.object(option, pinger).ping !== 'function') {
      throw check.error(option, 'an object with a name and the method ping()', pinger)
    }
    const checked = checkedPinger(caller, pinger, `${option}.`)
    const { name } = checked
    if (names.has(name)) {
      throw nameCheck(caller).error(`${option}.name`, 'a name that no other pinger has', name)
    }
    names.add(name)
    return checked
  })
}
