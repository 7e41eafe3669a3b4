import { constants } from 'node:os'
import { isatty } from 'node:tty'
import { writeStderr } from '@clew/internal/reports/stderr'
import { monotonicMs } from '@clew/internal/time/clock'
import { type Supervision, stopAll } from './supervision.ts'

type SignalName = 'SIGTERM' | 'SIGINT'
const signals: readonly SignalName[] = ['SIGTERM', 'SIGINT']

/**
 * npm and shells pass on a signal that the terminal or the container has also sent to the process
 * itself; within this time it is the same one.
 */
const sameSignalMs = 500

/** Lets the signals of this process stop its servers. */
export function hearSignals(supervision: Supervision): void {
  for (const name of signals) {
    // First, so that handlers that others have set for once are still there to be seen.
    process.prependListener(name, function stopServers() {
      onSignal(supervision, name)
    })
  }
}

function onSignal(supervision: Supervision, name: SignalName): void {
  const now = monotonicMs()
  if (supervision.signalledAt === undefined) {
    supervision.signalledAt = now
    const others = otherHandlers(name)
    supervision.spared = others.length
    if (others.length > 0) report(supervision, name, others)
    // Nobody waits for idle connections while he edits.
    const isWatched = process.env['WATCH_REPORT_DEPENDENCIES'] !== undefined
    const hasty = isWatched || (name === 'SIGINT' && isatty(0))
    stopAll(supervision, { reason: name, hasty }, { exitCode: 0 })
    return
  }
  if (now - supervision.signalledAt < sameSignalMs) return
  if (supervision.spared > 0) {
    supervision.spared--
    return
  }
  process.exit(128 + constants.signals[name])
}

/** Libraries that clean up and then send the same signal once more, since Node would have ended. */
function otherHandlers(name: SignalName): string[] {
  return process.rawListeners(name).flatMap((listener) => {
    const { listener: original = listener } = listener as { listener?: { readonly name: string } }
    return original.name === 'stopServers' ? [] : [original.name || 'a function without a name']
  })
}

function report(supervision: Supervision, name: SignalName, others: readonly string[]): void {
  const message = `${name} is also handled by ${others.join(', ')}: it may close what requests still need, and a further ${name} is taken for one that it sends`
  const [first] = supervision.members
  if (first?.log) first.log('warn', message)
  else writeStderr(`server: warn: ${message}`)
}
