import { constants } from 'node:os'
import { isatty } from 'node:tty'
import { codeOf } from '@clew/internal/errors/error'
import { reasonOf } from '@clew/internal/errors/reason'
import type { ShutdownReport } from '../lifecycle/report.ts'
import type { Controls } from '../server/controls.ts'
import type { StopMode } from '../shutdown/shutdown.ts'

/**
 * One server of the process. They stop together: the process must not exit while one still drains.
 */
interface Member {
  readonly timeoutMs: number
  crash(error: unknown, origin: string): void
  /** Resolves with whether the shutdown was clean. */
  stop(mode: StopMode, hasCrashed: boolean): Promise<boolean>
}

// Shared by the copies of this package in a process: fields are added, never changed.
interface Supervision {
  readonly members: Set<Member>
  exitCode: number
  stopping: string | undefined
  /** How many members still have requests. */
  serving: number
  released: (() => void)[]
}

const key = Symbol.for('@clew/server/v1')
type Global = typeof globalThis & { [key]?: Supervision }

/** How long after the last deadline the process is ended by force. */
const graceMs = 2_000
const signals = ['SIGTERM', 'SIGINT'] as const

/** Ties a server to the signals, the uncaught errors and the exit code of this process. */
export function supervise(
  { settings, log, stop }: Controls,
  onStopped: ((report: ShutdownReport) => void) | undefined,
): { failStart(error: unknown): void } {
  const supervision = supervisionOf(globalThis)
  const { crashTimeoutMs, timeoutMs } = settings.shutdown
  const member: Member = {
    timeoutMs,
    crash(error, origin) {
      const isRejection = origin === 'unhandledRejection'
      log('fatal', isRejection ? 'unhandled rejection' : 'uncaught exception', { err: error })
    },
    async stop(mode, hasCrashed) {
      const report = await stop({
        ...mode,
        ...(hasCrashed ? { timeoutMs: Math.min(crashTimeoutMs, timeoutMs) } : {}),
        barrier: () => allServed(supervision),
      })
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
    failStart(error) {
      // The message of one of our own errors is enough: an operator does not need its stack.
      if (/^ERR_SERVER_/.test(codeOf(error) ?? '')) log('fatal', reasonOf(error))
      else log('fatal', 'cannot start', { err: error })
      stopAll(supervision, { reason: 'failed start', hasty: true }, { exitCode: 1 })
    },
  }
}

function supervisionOf(global: Global): Supervision {
  global[key] ??= install()
  return global[key]
}

function install(): Supervision {
  const supervision: Supervision = {
    members: new Set(),
    exitCode: 0,
    stopping: undefined,
    serving: 0,
    released: [],
  }
  for (const name of signals) {
    process.on(name, () => {
      if (supervision.stopping !== undefined) process.exit(128 + constants.signals[name])
      const hasty = name === 'SIGINT' && isatty(0)
      stopAll(supervision, { reason: name, hasty }, { exitCode: 0 })
    })
  }
  let crashes = 0
  process.on('uncaughtException', (error, origin) => {
    crashes++
    process.exitCode = 1
    const [first] = supervision.members
    first?.crash(error, origin)
    if (crashes > 1) process.exit(1)
    stopAll(supervision, { reason: origin, hasty: true }, { exitCode: 1, hasCrashed: true })
  })
  return supervision
}

function stopAll(
  supervision: Supervision,
  mode: StopMode,
  { exitCode, hasCrashed = false }: { exitCode: number; hasCrashed?: boolean },
): void {
  supervision.exitCode = Math.max(supervision.exitCode, exitCode)
  if (supervision.stopping !== undefined) return
  supervision.stopping = mode.reason
  supervision.serving = supervision.members.size
  // Each step of a shutdown is bounded; this is for one that blocks the bound.
  const longestMs = Math.max(...[...supervision.members].map((member) => member.timeoutMs))
  setTimeout(() => {
    process.stderr.write('server: fatal: the shutdown exceeded its time limit\n')
    process.exit(1)
  }, longestMs + graceMs)
  void Promise.all([...supervision.members].map((member) => member.stop(mode, hasCrashed))).then(
    (clean) => process.exit(clean.every(Boolean) ? supervision.exitCode : 1),
  )
}

/** Resolves when no server of this process has requests any more. */
function allServed(supervision: Supervision): Promise<void> {
  supervision.serving--
  return new Promise((resolve) => {
    supervision.released.push(resolve)
    if (supervision.serving > 0) return
    for (const release of supervision.released) release()
  })
}
