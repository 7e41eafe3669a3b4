import type { Checker } from '../checker/checker.ts'
import { type ServingStatus, servingStatus } from '../protocol/messages.ts'
import type { WatchCall } from './definition.ts'

/** The open calls of `Watch`. */
export interface Watchers {
  readonly size: number
  /**
   * Tells the call the state now and at each change, until it ends or the checker drains.
   *
   * @param unknown - the service does not exist: it is told that, and waits for it in vain
   */
  add(call: WatchCall, unknown: boolean): void
}

/** One call. It is told only what differs from what it was told last. */
interface Watcher {
  tell(status: ServingStatus): void
  end(): void
}

/**
 * As long as somebody watches, the dependencies are pinged every `watchMs`; what other probes find
 * out meanwhile is told at once.
 */
export function createWatchers(
  checker: Pick<Checker, 'subscribe' | 'drainSignal'>,
  readiness: () => Promise<ServingStatus>,
  watchMs: number,
): Watchers {
  const watchers = new Set<Watcher>()
  const { drainSignal } = checker
  let stopLooking: (() => void) | undefined

  async function look(): Promise<void> {
    const status = await readiness()
    for (const watcher of watchers) watcher.tell(status)
  }

  function startLooking(): () => void {
    const timer = setInterval(() => void look(), watchMs).unref()
    const unsubscribe = checker.subscribe(() => void look())
    return () => {
      clearInterval(timer)
      unsubscribe()
    }
  }

  function drain(): void {
    for (const watcher of watchers) {
      watcher.tell(servingStatus.notServing)
      // An open call would keep the server from closing.
      watcher.end()
    }
  }
  drainSignal.addEventListener('abort', drain, { once: true })

  return {
    get size() {
      return watchers.size
    },
    add(call, unknown) {
      const watcher = unknown ? createIgnorant(call) : createWatcher(call)
      watchers.add(watcher)
      const leave = () => {
        watchers.delete(watcher)
        if (watchers.size > 0) return
        stopLooking?.()
        stopLooking = undefined
      }
      call.on('cancelled', leave)
      call.on('close', leave)
      call.on('error', leave)
      if (drainSignal.aborted) return drain()
      stopLooking ??= startLooking()
      void look()
    },
  }
}

/** Of a service that does not exist: the protocol keeps the call open, since it may be added. */
function createIgnorant(call: WatchCall): Watcher {
  call.write(servingStatus.serviceUnknown)
  return { tell() {}, end: () => void call.end() }
}

function createWatcher(call: WatchCall): Watcher {
  let told: ServingStatus | undefined
  let next: ServingStatus | undefined
  let blocked = false
  let ended = false

  const write = () => {
    if (ended || blocked || next === undefined || next === told) return
    told = next
    blocked = !call.write(next)
  }
  // A client that does not read gets the newest state when it does, not all of them.
  call.on('drain', () => {
    blocked = false
    write()
  })
  return {
    tell(status) {
      next = status
      write()
    },
    end() {
      if (ended) return
      blocked = false
      write()
      ended = true
      call.end()
    },
  }
}
