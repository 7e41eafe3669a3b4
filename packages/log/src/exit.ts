import { live, pending, scopes, state } from './state.ts'

const drainMs = 1000
const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const

function drainAll(): void {
  const deadline = Date.now() + drainMs
  for (const writer of [...pending]) writer.drain(deadline)
}

/**
 * Nothing is lost when the process ends: on exit, on a signal that nobody else handles, on an uncaught error. Handlers of
 * others keep their meaning: with one of theirs in place, ours does nothing but write out.
 */
export function installExitHooks(): void {
  if (state.hooked) return
  state.hooked = true
  process.on('exit', drainAll)
  process.on('uncaughtExceptionMonitor', (error, origin) => {
    // Whatever was under way when the process crashed is what somebody will ask about.
    for (const scope of [...live]) scope.root.release(scope)
    const scope = scopes.getStore()
    scope?.root.release(scope)
    // Somebody who handles it will log it as well.
    if (process.listenerCount('uncaughtException') === 0) {
      const logger = scope?.state ?? state.standard ?? state.latest
      logger?.fatal(
        error,
        origin === 'unhandledRejection' ? 'unhandled rejection' : 'uncaught exception',
      )
    }
    drainAll()
  })
  for (const signal of signals) {
    const handler = () => {
      drainAll()
      // Out of the way while the others run: one of them may act only if nobody else listens, and a `once` must still be counted.
      process.off(signal, handler)
      if (process.listenerCount(signal) === 0) {
        // As if nobody had listened: the default action ends the process, with the signal as its status.
        process.kill(process.pid, signal)
      } else setImmediate(() => process.prependListener(signal, handler))
    }
    process.prependListener(signal, handler)
  }
}
