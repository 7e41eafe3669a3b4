import cluster from 'node:cluster'
import { availableParallelism } from 'node:os'
import { createCheck, ServerError } from '../errors.ts'
import type { PrimaryOptions } from '../options/options.ts'
import { createStderrLogger, safeLog } from '../server/console.ts'
import { hearCrashes } from './crashes.ts'
import { hearSignals } from './signals.ts'
import { stopAll, supervisionOf } from './supervision.ts'
import { WorkerPool } from './worker-pool.ts'

/** The primary of a cluster. */
export interface Primary {
  /**
   * Replaces one worker after the other without losing a request. Resolves when all are new, or when
   * a new one does not listen: then the old ones stay.
   */
  reload(): Promise<void>
}

/**
 * Runs this process as the primary of a `node:cluster`, whose workers call `serve`. It starts
 * them, starts those again that end, and passes signals on: SIGTERM and SIGINT stop all of them
 * within one time limit, SIGHUP replaces one after the other.
 *
 * Exit code 0: all workers have ended cleanly. 1: they could not start, or one of them did not end
 * cleanly. 128 + n: a second signal, which ends all of them at once.
 *
 * @throws {TypeError} `ERR_SERVER_OPTION`, naming the option and the value received
 * @throws {ServerError} `ERR_SERVER_STATE` in a worker
 */
export function primary(options: PrimaryOptions = {}): Primary {
  const check = createCheck('server.primary')
  const known = check.options('options', options, [
    'workers',
    'startMs',
    'timeoutMs',
    'logger',
    'onListening',
  ])
  const { workers = availableParallelism(), startMs = 30_000, timeoutMs = 25_000 } = known
  const { logger = createStderrLogger('primary'), onListening } = known
  const settings = {
    workers: check.integer('workers', workers, { min: 1, max: 1_024 }),
    startMs: check.milliseconds('startMs', startMs, 1),
    timeoutMs: check.milliseconds('timeoutMs', timeoutMs, 1),
  }
  check.function('logger.log', logger.log)
  check.function('onListening', onListening)
  if (!cluster.isPrimary) {
    throw new ServerError('ERR_SERVER_STATE', 'server.primary: this process is a worker')
  }
  const log = safeLog(logger)
  const supervision = supervisionOf(hearSignals)
  hearCrashes(supervision)
  const pool = new WorkerPool(settings, log)
  const budget = { totalMs: timeoutMs, hookMs: 0, flushMs: 0 }
  supervision.members.add({
    log,
    budget,
    crashBudget: budget,
    async stop({ reason, hasty = false, barrier }) {
      log('info', 'cluster stopping', { reason })
      const isClean = await pool.stop({ reason, isHasty: hasty, timeoutMs })
      await barrier?.()
      log(isClean ? 'info' : 'warn', 'cluster stopped', { clean: isClean })
      return isClean
    },
  })
  process.on('SIGHUP', () => void pool.reload())
  void pool.start().then((isListening) => {
    if (supervision.stopping !== undefined) return
    if (isListening) {
      log('info', 'cluster listening', { workers, pid: process.pid })
      onListening?.()
    } else {
      stopAll(supervision, { reason: 'failed start', hasty: true }, { exitCode: 1 })
    }
  })
  return { reload: () => pool.reload() }
}
