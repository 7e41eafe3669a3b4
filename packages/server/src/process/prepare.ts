import { hearSignals } from './signals.ts'
import { supervisionOf } from './supervision.ts'

/**
 * Handles SIGTERM and SIGINT from now on: call it first if the application takes a while until it
 * calls `serve`. A signal that comes before `serve` ends the process with exit code 0; without it,
 * Node ends with 143, and as PID 1 of a container it does not end at all. `import
 * '@clew/server/prepare'` as the first import does the same before the other modules are loaded.
 */
export function prepare(): void {
  supervisionOf(hearSignals)
}
