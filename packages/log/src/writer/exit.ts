import { ending, live, pending, scopes, state } from '../state.ts'

const drainMs = 1000
// What ends a process: by default, or when a terminal, a supervisor or nodemon sends it.
const signals = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'] as const

/** For a process that may live on: writes what can be written at once, waits for nobody and gives up nothing. */
function flushAll(): void {
  for (const waiting of [...pending]) waiting.flush()
}

/** For a process that ends now. */
function drainAll(deadline: number): void {
  // What a writer hands to a stream is pending there, so that others come in underway; each once, whatever happens.
  const drained = new Set<unknown>()
  for (const waiting of pending) {
    if (drained.has(waiting)) continue
    drained.add(waiting)
    waiting.drain(deadline)
  }
}

/**
 * Nothing is lost when the process ends: on exit, on a signal that nobody else handles, on an uncaught error. Handlers of
 * others keep their meaning: with one of theirs in place, ours does nothing but write out.
 */
export function installExitHooks(): void {
  if (state.hooked) return
  state.hooked = true
  process.on('exit', () => {
    const deadline = Date.now() + drainMs
    drainAll(deadline)
    // Listeners behind this one may log as well.
    ending.by = deadline
  })
  process.on('uncaughtExceptionMonitor', (error, origin) => {
    // Whatever was under way when the process crashed is what somebody will ask about.
    for (const scope of [...live]) scope.root.release(scope)
    const scope = scopes.getStore()
    scope?.root.release(scope)
    // Somebody who handles it will log it as well.
    if (!isHandled()) {
      const logger = scope?.state ?? state.standard ?? state.latest
      logger?.fatal(
        error,
        origin === 'unhandledRejection' ? 'unhandled rejection' : 'uncaught exception',
      )
    }
    // When nobody handles it, 'exit' follows.
    flushAll()
  })
  const handlers = new Map<string | symbol, NodeJS.SignalsListener>()
  for (const signal of signals) {
    const handler = handlerOf(signal)
    handlers.set(signal, handler)
    process.prependListener(signal, handler)
  }
  // A `once` that ran before ours would be gone when we count: ours stays the first.
  process.on('newListener', (event, listener) => {
    const handler = handlers.get(event)
    if (handler === undefined || listener === handler) return
    process.nextTick(() => {
      const [first, ...others] = process.listeners(event as NodeJS.Signals)
      if (first === handler || !others.includes(handler)) return
      // In this order, so that the signal never finds nobody; `off` takes the later one.
      process.prependListener(event as NodeJS.Signals, handler)
      process.off(event, handler)
    })
  })
}

/** Domains have a capture callback too. */
const isHandled = () =>
  process.listenerCount('uncaughtException') > 0 || process.hasUncaughtExceptionCaptureCallback()

function handlerOf(signal: NodeJS.Signals): NodeJS.SignalsListener {
  const handler = () => {
    // Out of the way while the others run: one of them may act only if nobody else listens, and a `once` must still be counted.
    process.off(signal, handler)
    if (process.listenerCount(signal) > 0) {
      flushAll()
      setImmediate(() => process.prependListener(signal, handler))
    } else {
      drainAll(Date.now() + drainMs)
      // As if nobody had listened: the default action ends the process, with the signal as its status.
      process.kill(process.pid, signal)
    }
  }
  return handler
}
