import type { Server as HttpServer } from 'node:http'
import { createCheck, type ServerCheck } from '../errors.ts'
import type { FastifyApp, KoaApp, NestApp } from '../frameworks/application.ts'
import { listenerOptionNames } from '../options/listener-settings.ts'
import type { ServeOptions } from '../options/options.ts'
import type { Handler } from '../options/parts.ts'
import { serveOptionNames } from '../options/settings.ts'
import { createControls } from '../server/controls.ts'
import { httpSpecOf, type Listener, type Spec, specsOf } from '../server/spec.ts'
import { run } from './run.ts'

/**
 * Runs a server as this process: listens, waits for SIGTERM or SIGINT, drains, and exits. SIGHUP
 * reads certificates again.
 *
 * Exit code 0: clean. 1: it could not start, an uncaught error, a request was cut, or a hook
 * failed; or what the application has set as `process.exitCode`. 128 + n: a second signal, which
 * ends the process at once. 137: the event loop was blocked beyond all limits. SIGINT at a terminal,
 * and a restart by `node --watch`, skip the drain delay and the lingering. Does not return.
 *
 * @param handler - what answers requests, or a list of listeners as for `lifecycle`, which then have
 * `address`, `tls`, `http2`, `onServer` and `onUpgrade`; with `admin` the list may be empty
 * @throws {TypeError} `ERR_SERVER_OPTION`, naming the option and the value received
 */
export async function serve(
  handler: Handler | FastifyApp | KoaApp | NestApp | readonly (Listener | HttpServer)[],
  options: ServeOptions = {},
): Promise<never> {
  const check = createCheck('server.serve')
  const known = check.options('options', options, serveOptionNames)
  run(check, createControls(check, specsFor(check, handler, known), known), known)
  return new Promise(() => {})
}

function specsFor(
  check: ServerCheck,
  handler: Handler | FastifyApp | KoaApp | NestApp | readonly (Listener | HttpServer)[],
  options: ServeOptions,
): Spec[] {
  if (!Array.isArray(handler)) return [httpSpecOf(check, handler, options)]
  const misplaced = listenerOptionNames.find((name) => options[name] !== undefined)
  if (misplaced === undefined) return specsOf(check, handler, options)
  throw check.error(misplaced, 'an option of one of the listeners', options[misplaced])
}
