import { setImmediate, setTimeout } from '../timers.ts'
import { drainAll, ending, flushAll, settleAll } from './pending.ts'
import { awaitThreads, joinThreads, tellThreads } from './threads.ts'

const drainMs = 1000
// What ends a process: by default, or when a terminal, a supervisor or nodemon sends it.
const signals = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'] as const

// To Bun an immediate is work, also without a reference: after it this event would come again, for ever.
const isBun = process.versions['bun'] !== undefined

/** Called before everything is written out, with what ends the process. */
interface EndHooks {
  /** When there is no work left, while what is written can still make some. */
  atIdle(endedBy: string): void
  atEnd(endedBy: string): void
}

/**
 * Writes out everything when the process exits, or gets a signal that nobody else handles. Handlers
 * of others keep their meaning: with one of theirs in place, ours only writes out.
 */
export function installExitHooks({ atIdle, atEnd }: EndHooks): void {
  let isIdle = false
  const isBusy = () => {
    isIdle = false
  }
  // Not yet the end, if a listener of this event has found more work. Before all of them, so that
  // none of their timers comes first.
  process.prependListener('beforeExit', () => {
    isIdle = true
    setTimeout(isBusy, 0).unref()
    if (!isBun) setImmediate(isBusy).unref()
  })
  process.on('beforeExit', () => atIdle('no work left'))
  process.on('exit', (code) => {
    const deadline = Date.now() + drainMs
    const endedBy = isIdle ? 'no work left' : `exit ${code}`
    tellThreads(endedBy)
    atEnd(endedBy)
    drainAll(deadline)
    // Listeners after this one may log as well.
    ending.by = deadline
    awaitThreads()
  })
  joinThreads((endedBy) => endWith(endedBy, atEnd, () => {}))
  const handlers = new Map<string | symbol, NodeJS.SignalsListener>()
  for (const signal of signals) {
    const handler = handlerOf(signal, atEnd)
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
      // In this order, so that the signal always finds a listener; `off` removes the later one.
      process.prependListener(event as NodeJS.Signals, handler)
      process.off(event, handler)
    })
  })
}

function handlerOf(signal: NodeJS.Signals, atEnd: EndHooks['atEnd']): NodeJS.SignalsListener {
  const handler = () => {
    // Removed while the others run: one of them may act only if nobody else listens, and a `once`
    // must still be counted.
    process.off(signal, handler)
    if (process.listenerCount(signal) > 0) {
      flushAll()
      setImmediate(() => process.prependListener(signal, handler))
    } else {
      tellThreads(signal)
      void endWith(signal, atEnd, () => {
        awaitThreads()
        // As if nobody had listened: the default action ends the process, with the signal as its
        // status.
        process.kill(process.pid, signal)
      })
    }
  }
  return handler
}

/** Writes out everything while there is an event loop, and then calls `die`. */
function endWith(
  endedBy: string,
  atEnd: EndHooks['atEnd'],
  die: () => void,
): Promise<void> | undefined {
  atEnd(endedBy)
  flushAll()
  const deadline = Date.now() + drainMs
  const finish = () => {
    drainAll(deadline)
    die()
  }
  const settling = settleAll(deadline)
  if (settling !== undefined) return settling.then(finish)
  finish()
  return undefined
}
