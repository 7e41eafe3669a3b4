import type { ServerCheck } from '../errors.ts'
import type { ProcessOptions } from '../options/options.ts'
import type { Controls } from '../server/controls.ts'
import { reportReady } from './cluster-worker.ts'
import { supervise } from './supervisor.ts'

/** Lets a lifecycle listen, and be ended by the signals and the uncaught errors of this process. */
export function run(
  check: ServerCheck,
  controls: Controls,
  { onListening, onStopped }: ProcessOptions,
): void {
  check.function('onListening', onListening)
  check.function('onStopped', onStopped)
  const supervisor = supervise(controls, onStopped)
  if (controls.listeners.some(({ reload }) => reload)) {
    process.on('SIGHUP', () => void controls.lifecycle.reloadTls())
  }
  // A signal came first: what was only about to start does not.
  if (supervisor.isStopping) return
  controls.lifecycle.listen().then(
    // What it throws is an uncaught error like any other.
    (addresses) => {
      reportReady()
      queueMicrotask(() => onListening?.(addresses))
    },
    (error: unknown) => supervisor.failStart(error),
  )
}
