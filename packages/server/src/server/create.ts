import { createCheck } from '../errors.ts'
import type { FastifyApp, KoaApp } from '../frameworks/application.ts'
import type { Server } from '../lifecycle/server.ts'
import type { ServerOptions } from '../options/options.ts'
import type { Handler } from '../options/parts.ts'
import { serverOptionNames } from '../options/settings.ts'
import { createControls } from './controls.ts'

/**
 * Creates a server; nothing is bound until `listen()`.
 * @throws {TypeError} `ERR_SERVER_OPTION`, naming the option and the value received
 */
export function create(
  handler: Handler | FastifyApp | KoaApp,
  options: ServerOptions = {},
): Server {
  const check = createCheck('server.create')
  const known = check.options('options', options, serverOptionNames)
  return createControls(check, handler, known).server
}
