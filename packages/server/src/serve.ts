import { optionError } from './errors.ts'
import type { ServeOptions } from './options.ts'
import type { Handler } from './parts.ts'
import { supervise } from './process.ts'
import { build } from './server.ts'

/**
 * Runs a server as this process: listens, waits for SIGTERM or SIGINT, drains, and exits.
 *
 * Exit code 0: clean. 1: could not start, an uncaught error, a request was cut, or a hook failed. 128 + n: a second signal,
 * which ends the process at once. SIGINT at a terminal skips the drain delay and the lingering. Does not return.
 * @throws {TypeError} `ERR_SERVER_OPTION`, naming the option and the value received
 */
export async function serve(handler: Handler, options: ServeOptions = {}): Promise<never> {
  const { onListening, onStopped } = options
  for (const [name, value] of Object.entries({ onListening, onStopped })) {
    if (value !== undefined && typeof value !== 'function') {
      throw optionError(name, 'a function', value)
    }
  }
  const built = build(handler, options)
  const supervisor = supervise(built, onStopped)
  try {
    const addresses = await built.server.listen()
    // What it throws is an uncaught error like any other.
    queueMicrotask(() => onListening?.(addresses))
  } catch (error) {
    supervisor.failStart(error)
  }
  return new Promise(() => {})
}
