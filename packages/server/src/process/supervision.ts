import { writeStderr } from '@clew/internal/reports/stderr'
import type { Log } from '../options/parts.ts'
import { type Budget, longestOf, shortened } from '../shutdown/budget.ts'
import type { StopMode } from '../shutdown/shutdown.ts'
import { startWatchdog } from './watchdog.ts'

/**
 * One server of the process. They stop together: the process must not exit while one still drains.
 */
export interface Member {
  readonly log: Log
  readonly budget: Budget
  /** After an uncaught error. */
  readonly crashBudget: Budget
  /** Resolves with whether the shutdown was clean. */
  stop(mode: StopMode): Promise<boolean>
}

/** Shared by the copies of this package in a process: fields are added, never changed. */
export interface Supervision {
  readonly members: Set<Member>
  exitCode: number
  stopping: string | undefined
  /** How many members still have requests. */
  serving: number
  released: (() => void)[]
  /** When the first signal came. */
  signalledAt: number | undefined
  /** How many further signals do not end the process at once. */
  spared: number
  crashes: number
  hearsCrashes: boolean
  hearsPrimary: boolean
}

const key = Symbol.for('@clew/server/v1')
type Global = typeof globalThis & { [key]?: Supervision }

/** How long after the last deadline the process is ended by force. */
const graceMs = 2_000

/** The one of this process. @param onCreate - called with a new one */
export function supervisionOf(onCreate: (supervision: Supervision) => void): Supervision {
  const global = globalThis as Global
  if (global[key] === undefined) {
    global[key] = {
      members: new Set(),
      exitCode: 0,
      stopping: undefined,
      serving: 0,
      released: [],
      signalledAt: undefined,
      spared: 0,
      crashes: 0,
      hearsCrashes: false,
      hearsPrimary: false,
    }
    onCreate(global[key])
  }
  return global[key]
}

export interface StopLimits {
  readonly exitCode: number
  readonly hasCrashed?: boolean
  /** The most that it may take, whatever the options say: that of a cluster. */
  readonly timeoutMs?: number
}

export function stopAll(
  supervision: Supervision,
  mode: StopMode,
  { exitCode, hasCrashed = false, timeoutMs = Number.POSITIVE_INFINITY }: StopLimits,
): void {
  supervision.exitCode = Math.max(supervision.exitCode, exitCode)
  if (supervision.stopping !== undefined) return
  supervision.stopping = mode.reason
  const members = [...supervision.members]
  supervision.serving = members.length
  // One for all: a hook of one server waits for the requests of the others.
  const longest = longestOf(members.map((each) => (hasCrashed ? each.crashBudget : each.budget)))
  const budget = shortened(longest, timeoutMs)
  const message = 'server: fatal: the shutdown exceeded its time limit'
  // Each step of a shutdown is bounded; this is for one that blocks the bound.
  setTimeout(() => {
    writeStderr(message)
    process.exit(process.exitCode || 1)
  }, budget.totalMs + graceMs)
  startWatchdog(budget.totalMs + 2 * graceMs, `${message}: the event loop is blocked\n`)
  const barrier = () => allServed(supervision)
  void Promise.all(members.map((member) => member.stop({ ...mode, budget, barrier }))).then(
    (clean) => {
      const code = clean.every(Boolean) ? supervision.exitCode : 1
      // What the application has set says more.
      process.exit(process.exitCode || code)
    },
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
