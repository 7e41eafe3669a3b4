import type { Server as HttpServer } from 'node:http'
import { createCheck } from '../errors.ts'
import { hearFastify } from '../frameworks/fastify.ts'
import type { Server } from '../lifecycle/server.ts'
import type { AttachOptions } from '../options/options.ts'
import { attachOptionNames } from '../options/settings.ts'
import { createControls, serverOf } from '../server/controls.ts'
import { attachedSpecOf } from '../server/spec.ts'
import { run } from './run.ts'

/**
 * Adds everything but the listening to a server of Node's own that the application lets listen
 * itself: limits, parts, draining, the report, the admin listener. Call it before `app.listen()`,
 * with the server of Nest (`app.getHttpServer()`), Next, socket.io or `http.createServer`.
 *
 * With `signals`, which is the default, SIGTERM, SIGINT and uncaught errors shut down and end the
 * process, as in `serve`. If the application closes its server itself, what belongs to it ends too,
 * and the process lives.
 *
 * @throws {TypeError} `ERR_SERVER_OPTION`, naming the option and the value received
 */
export function attach(http: HttpServer, options: AttachOptions = {}): Server {
  const check = createCheck('server.attach')
  const known = check.options('options', options, attachOptionNames)
  const { signals = true, onListening } = known
  hearFastify()
  const controls = createControls(check, [attachedSpecOf(check, http)], known)
  const { stop, lifecycle } = controls
  http.once('close', () => void stop({ reason: 'closed by the application', hasty: true }))
  if (check.boolean('signals', signals)) {
    run(check, controls, known)
  } else {
    check.function('onListening', onListening)
    lifecycle
      .listen()
      .then(onListening, (err: unknown) => controls.log('error', 'cannot start', { err }))
  }
  return serverOf(controls)
}
