import { currentScope } from '../scope/current.ts'
import { openScopes } from '../scope/open-scopes.ts'
import { endAllUnfinished } from '../scope/unfinished.ts'
import { flushAll } from '../writer/pending.ts'
import { tellThreads } from '../writer/threads.ts'
import type { Logger } from './logger.ts'

/**
 * Writes an uncaught error, and what was held when it came.
 * @param fallback - the logger to write it with where there is no scope
 */
export function installCrashHook(fallback: () => Logger | undefined): void {
  process.on('uncaughtExceptionMonitor', (error, origin) => {
    // Whatever was under way when the process crashed is what somebody will ask about.
    if (isHandled()) {
      // Whoever handles it will log it as well, and what is under way may go on.
      for (const scope of openScopes()) scope.owner.release(scope)
    } else {
      const crash = origin === 'unhandledRejection' ? 'unhandled rejection' : 'uncaught exception'
      tellThreads(crash)
      endAllUnfinished(crash)
      const logger = (currentScope()?.origin as Logger | undefined) ?? fallback()
      logger?.fatal(error, crash)
    }
    // When nobody handles it, 'exit' follows.
    flushAll()
  })
}

/** Domains have a capture callback too. */
const isHandled = () =>
  process.listenerCount('uncaughtException') > 0 || process.hasUncaughtExceptionCaptureCallback()
