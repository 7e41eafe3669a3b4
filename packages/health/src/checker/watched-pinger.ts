import type { Report } from '@clew/internal/reports/reporter'
import type { Check } from '../health.ts'
import type { CheckedPinger } from '../pingers/pinger.ts'
import { inSeconds } from '../pings/duration.ts'
import type { Failure } from '../pings/failure.ts'
import { createRunner, type Outcome } from '../pings/runner.ts'
import { observePing, recordState } from '../pings/telemetry.ts'
import { type Change, createDependency, type Dependency } from './dependency.ts'

/** A pinger with the state of its dependency. */
export interface WatchedPinger {
  /** Whether a first ping has ended. */
  readonly isKnown: boolean
  /** Its state after the last ping, stale while the next one runs; undefined before the first. */
  latest(): Check | undefined
  /** Pings the dependency, unless an earlier ping is stuck. Takes at most its `timeoutMs`. */
  ping(): Promise<void>
  /** Aborts the ping that runs. Nothing is pinged or reported any more. */
  stop(): Promise<void>
}

/** What the checker does for all its pingers. */
export interface Watch {
  describe(error: unknown): Failure
  report(report: Report): void
}

export function createWatchedPinger(
  pinger: CheckedPinger,
  { describe, report }: Watch,
): WatchedPinger {
  const { name, critical } = pinger
  const runner = createRunner(pinger)
  const dependency = createDependency(pinger.failAfter, pinger.recoverAfter)
  let latest: Check | undefined
  let pingedAt: number | undefined
  let stopped = false

  return {
    get isKnown() {
      return latest !== undefined
    },
    latest() {
      if (pingedAt === undefined) return latest
      return latest ? Object.freeze({ ...latest, stale: true }) : unknownCheck(pinger, pingedAt)
    },
    async ping() {
      if (stopped) return
      pingedAt = Date.now()
      const outcome = runner.stuck() ?? (await observePing(name, runner.run, describe))
      pingedAt = undefined
      if (stopped || outcome.result === 'stopped') return
      const at = Date.now()
      const failure = outcome.result === 'passed' ? undefined : describe(outcome.error)
      const change = dependency.add(failure, at)
      latest = checkOf(pinger, dependency, outcome, at)
      if (change) report(reportOf(pinger, change, dependency.failure))
      await recordState(name, critical, change?.up ?? dependency.up ?? false)
    },
    async stop() {
      stopped = true
      runner.stop()
      await pinger.close()
    },
  }
}

function checkOf(
  { name, critical }: CheckedPinger,
  { up, failure, failures, changedAt }: Dependency,
  outcome: Outcome,
  at: number,
): Check {
  return Object.freeze({
    name,
    up: up === true,
    status: up ? (failure ? 'warn' : 'pass') : critical ? 'fail' : 'warn',
    critical,
    stuck: outcome.result === 'stuck',
    stale: false,
    failures,
    durationMs: Math.round(outcome.durationMs * 100) / 100,
    ...(failure && { error: failure.message }),
    ...(failure?.code && { code: failure.code }),
    checkedAt: new Date(at).toISOString(),
    since: new Date(changedAt).toISOString(),
  })
}

/** Of a dependency whose first ping takes long. */
function unknownCheck({ name, critical }: CheckedPinger, pingedAt: number): Check {
  const at = new Date(pingedAt).toISOString()
  return Object.freeze({
    name,
    up: false,
    status: critical ? 'fail' : 'warn',
    critical,
    stuck: false,
    stale: true,
    failures: 0,
    durationMs: Math.max(0, Date.now() - pingedAt),
    error: 'no answer yet',
    checkedAt: at,
    since: at,
  })
}

function reportOf(
  { name, critical }: CheckedPinger,
  { up, lastedMs }: Change,
  failure: Failure | undefined,
): Report {
  if (up) {
    return {
      type: 'health.changed',
      level: 'info',
      message: `${name} is back after ${inSeconds(lastedMs)}`,
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
