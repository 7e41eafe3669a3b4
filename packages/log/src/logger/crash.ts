import { currentScope } from '../scope/current.ts'
import { live } from '../scope/scope.ts'
import { flushAll } from '../writer/pending.ts'
import type { Logger } from './logger.ts'

/**
 * Writes an uncaught error, and what was held when it came.
 * @param fallback - the logger to write it with where there is no scope
 */
export function installCrashHook(fallback: () => Logger | undefined): void {
  process.on('uncaughtExceptionMonitor', (error, origin) => {
    // Whatever was under way when the process crashed is what somebody will ask about.
    for (const scope of [...live]) scope.owner.release(scope)
    const scope = currentScope()
    scope?.owner.release(scope)
    // Whoever handles it will log it as well.
    if (!isHandled()) {
      const logger = (scope?.origin as Logger | undefined) ?? fallback()
      const isRejection = origin === 'unhandledRejection'
      logger?.fatal(error, isRejection ? 'unhandled rejection' : 'uncaught exception')
    }
    // When nobody handles it, 'exit' follows.
    flushAll()
  })
}

/** Domains have a capture callback too. */
const isHandled = () =>
  process.listenerCount('uncaughtException') > 0 || process.hasUncaughtExceptionCaptureCallback()
