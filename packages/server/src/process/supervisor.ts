import { codeOf } from '@clew/internal/errors/error'
import { reasonOf } from '@clew/internal/errors/reason'
import type { ShutdownReport } from '../lifecycle/report.ts'
import type { Controls } from '../server/controls.ts'
import { budgetOf } from '../shutdown/budget.ts'
import { hearPrimary } from './cluster-worker.ts'
import { hearCrashes } from './crashes.ts'
import { hearSignals } from './signals.ts'
import { type Member, stopAll, supervisionOf } from './supervision.ts'

export interface Supervisor {
  /** The process is already ending: nothing may be started any more. */
  readonly isStopping: boolean
  failStart(error: unknown): void
}

/** Ties a server to the signals, the uncaught errors and the exit code of this process. */
export function supervise(
  { settings, log, stop }: Controls,
  onStopped: ((report: ShutdownReport) => void) | undefined,
): Supervisor {
  const supervision = supervisionOf(hearSignals)
  hearCrashes(supervision)
  hearPrimary(supervision)
  if (supervision.stopping !== undefined) return { isStopping: true, failStart() {} }
  const member: Member = {
    log,
    budget: budgetOf(settings),
    crashBudget: budgetOf(settings, settings.shutdown.crashTimeoutMs),
    async stop(mode) {
      const report = await stop(mode)
      try {
        onStopped?.(report)
      } catch (error) {
        log('error', 'onStopped failed', { err: error })
      }
      return report.clean
    },
  }
  supervision.members.add(member)
  return {
    isStopping: false,
    failStart(error) {
      // The message of one of our own errors is enough: an operator does not need its stack.
      if (/^ERR_SERVER_/.test(codeOf(error) ?? '')) log('fatal', reasonOf(error))
      else log('fatal', 'cannot start', { err: error })
      stopAll(supervision, { reason: 'failed start', hasty: true }, { exitCode: 1 })
    },
  }
}
