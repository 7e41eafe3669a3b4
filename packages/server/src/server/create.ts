import type { Server as HttpServer } from 'node:http'
import { createCheck } from '../errors.ts'
import type { FastifyApp, KoaApp, NestApp } from '../frameworks/application.ts'
import type { Lifecycle, Server } from '../lifecycle/server.ts'
import type { LifecycleOptions, ServerOptions } from '../options/options.ts'
import type { Handler } from '../options/parts.ts'
import { lifecycleOptionNames, serverOptionNames } from '../options/settings.ts'
import { createControls, serverOf } from './controls.ts'
import { httpSpecOf, type Listener, specsOf } from './spec.ts'

/**
 * Creates a server; nothing is bound until `listen()`.
 * @throws {TypeError} `ERR_SERVER_OPTION`, naming the option and the value received
 */
export function create(
  handler: Handler | FastifyApp | KoaApp | NestApp,
  options: ServerOptions = {},
): Server {
  const check = createCheck('server.create')
  const known = check.options('options', options, serverOptionNames)
  return serverOf(createControls(check, [httpSpecOf(check, handler, known)], known))
}

/**
 * Creates several listeners with one life: they start together, drain together, and share parts,
 * limits, hooks and the report. A server of Node's own in the list is one that the application lets
 * listen itself. Nothing is bound until `listen()`; `serve` takes the same list.
 * @throws {TypeError} `ERR_SERVER_OPTION`, naming the option and the value received
 */
export function lifecycle(
  listeners: readonly (Listener | HttpServer)[],
  options: LifecycleOptions = {},
): Lifecycle {
  const check = createCheck('server.lifecycle')
  const known = check.options('options', options, lifecycleOptionNames)
  return createControls(check, specsOf(check, listeners, known), known).lifecycle
}
