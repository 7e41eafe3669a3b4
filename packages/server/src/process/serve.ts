import { createCheck } from '../errors.ts'
import type { FastifyApp, KoaApp } from '../frameworks/application.ts'
import type { ServeOptions } from '../options/options.ts'
import type { Handler } from '../options/parts.ts'
import { serveOptionNames } from '../options/settings.ts'
import { createControls } from '../server/controls.ts'
import { supervise } from './supervisor.ts'

/**
 * Runs a server as this process: listens, waits for SIGTERM or SIGINT, drains, and exits.
 *
 * Exit code 0: clean. 1: it could not start, an uncaught error, a request was cut, or a hook
 * failed; or what the application has set as `process.exitCode`. 128 + n: a second signal, which
 * ends the process at once. 137: the event loop was blocked beyond all limits. SIGINT at a terminal,
 * and a restart by `node --watch`, skip the drain delay and the lingering. Does not return.
 * @throws {TypeError} `ERR_SERVER_OPTION`, naming the option and the value received
 */
export async function serve(
  handler: Handler | FastifyApp | KoaApp,
  options: ServeOptions = {},
): Promise<never> {
  const check = createCheck('server.serve')
  const known = check.options('options', options, serveOptionNames)
  const { onListening, onStopped } = known
  check.function('onListening', onListening)
  check.function('onStopped', onStopped)
  const controls = createControls(check, handler, known)
  const supervisor = supervise(controls, onStopped)
  // A signal came first: what was only about to start does not.
  if (supervisor.isStopping) return new Promise(() => {})
  try {
    const addresses = await controls.server.listen()
    // What it throws is an uncaught error like any other.
    queueMicrotask(() => onListening?.(addresses))
  } catch (error) {
    supervisor.failStart(error)
  }
  return new Promise(() => {})
}
