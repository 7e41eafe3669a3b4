import { constants } from 'node:os'
import { isatty } from 'node:tty'
import { messageOf } from './errors.ts'
import type { ShutdownReport } from './report.ts'
import type { Built } from './server.ts'
import type { StopMode } from './shutdown.ts'

/** Several servers of one process stop together: the process must not exit under one that still drains. */
interface Member {
  readonly timeoutMs: number
  crash(error: unknown, origin: string): void
  stop(mode: StopMode, crashed: boolean): Promise<boolean>
}

interface Supervision {
  readonly members: Set<Member>
  exitCode: number
  stopping: string | undefined
  /** Members that still have requests. */
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
  { settings, log, stop }: Built,
  onStopped: ((report: ShutdownReport) => void) | undefined,
): { failStart(error: unknown): void } {
  const supervision = supervisionOf(globalThis)
  const { crashTimeoutMs, timeoutMs } = settings.shutdown
  const member: Member = {
    timeoutMs,
    crash(error, origin) {
      log('fatal', origin === 'unhandledRejection' ? 'unhandled rejection' : 'uncaught exception', {
        err: error,
      })
    },
    async stop(mode, crashed) {
      const report = await stop({
        ...mode,
        ...(crashed ? { timeoutMs: Math.min(crashTimeoutMs, timeoutMs) } : {}),
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
      // Our own errors say all there is to say; an operator needs no stack of them.
      const isOurs = /^ERR_SERVER_/.test(String((error as { code?: unknown } | null)?.code))
      if (isOurs) log('fatal', messageOf(error))
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
    for (const member of supervision.members) {
      member.crash(error, origin)
      break
    }
    if (crashes > 1) process.exit(1)
    stopAll(supervision, { reason: origin, hasty: true }, { exitCode: 1, crashed: true })
  })
  return supervision
}

function stopAll(
  supervision: Supervision,
  mode: StopMode,
  { exitCode, crashed = false }: { exitCode: number; crashed?: boolean },
): void {
  supervision.exitCode = Math.max(supervision.exitCode, exitCode)
  if (supervision.stopping !== undefined) return
  supervision.stopping = mode.reason
  supervision.serving = supervision.members.size
  // Each step is bounded; this is for the step that is not.
  const longestMs = Math.max(...[...supervision.members].map((member) => member.timeoutMs))
  setTimeout(() => {
    process.stderr.write('server: fatal: the shutdown overran its time\n')
    process.exit(1)
  }, longestMs + graceMs)
  void Promise.all([...supervision.members].map((member) => member.stop(mode, crashed))).then(
    (clean) => process.exit(clean.every(Boolean) ? supervision.exitCode : 1),
  )
}

function allServed(supervision: Supervision): Promise<void> {
  supervision.serving--
  return new Promise((resolve) => {
    supervision.released.push(resolve)
    if (supervision.serving > 0) return
    for (const release of supervision.released) release()
  })
}
