import { Engine, type Origin } from '../engine/engine.ts'
import { finishLimiters } from '../engine/limiter.ts'
import type { LogOptions } from '../engine/options.ts'
import { Unconfigured } from '../engine/unconfigured.ts'
import { processState } from '../process-state.ts'
import { currentScope } from '../scope/current.ts'
import { endAllUnfinished, endIdle } from '../scope/unfinished.ts'
import { installExitHooks } from '../writer/exit.ts'
import { watchThreads } from '../writer/threads.ts'
import { installCrashHook } from './crash.ts'
import type { Logger } from './logger.ts'
import { View } from './view.ts'

type OriginLogger = Logger & Origin

/** The loggers that the process falls back to. */
const known: {
  /** What ambient functions use outside of any scope. */
  standard: OriginLogger | undefined
  /** The last one made: it reports a crash when nothing was configured. */
  latest: OriginLogger | undefined
  /** Whether the hooks for the end of the process are installed. */
  isHooked: boolean
} = processState('loggers', () => ({ standard: undefined, latest: undefined, isHooked: false }))

function atEnd(endedBy: string): void {
  endAllUnfinished(endedBy)
  finishLimiters()
}

function installHooks(): void {
  if (known.isHooked) return
  known.isHooked = true
  installExitHooks({ atIdle: endIdle, atEnd })
  installCrashHook(() => known.standard ?? known.latest)
}

// Its threads may log where this one does not.
watchThreads(installHooks)

function createView(caller: string, options: LogOptions): View {
  const engine = new Engine(caller, options)
  installHooks()
  const logger = new View(engine, engine.contextOf(options.fields ?? {}))
  known.latest = logger
  return logger
}

/** A logger of its own: outputs, level, bounds. */
export function create(options: LogOptions = {}): Logger {
  return createView('log.create', options)
}

/**
 * As `create`, and makes it the logger that ambient functions use outside of any scope. What was
 * made from the default logger before, at the top of a module for example, follows the first call.
 */
export function configure(options: LogOptions = {}): Logger {
  const { standard } = known
  if (standard?.engine.unconfigured === undefined) {
    known.standard = createView('log.configure', options)
  } else {
    standard.engine.reconfigure('log.configure', options)
    known.latest = standard
  }
  return known.standard as Logger
}

/** The logger that ambient functions use outside of any scope. */
export function standard(): Logger & Origin {
  if (known.standard === undefined) {
    const logger = createView('log.create', {})
    const unconfigured = new Unconfigured()
    unconfigured.add(logger)
    logger.engine.unconfigured = unconfigured
    known.standard = logger
  }
  return known.standard
}

/** The logger of the current scope, or the default one. */
export function current(): Logger & Origin {
  return (currentScope()?.origin as OriginLogger | undefined) ?? standard()
}
