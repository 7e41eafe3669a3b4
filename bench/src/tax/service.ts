// A process of its own: one subject as a service, which says what it has used.
import type { RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { countGarbage, type Garbage } from './allocation.ts'
import { createExpress } from './apps/express.ts'
import { createFastify } from './apps/fastify.ts'
import { createHono } from './apps/hono.ts'
import { createNode } from './apps/node.ts'
import { configureClew } from './clew.ts'
import { withFloor } from './floor.ts'
import type { Framework, Subject } from './subject.ts'
import { configureUsual, require } from './usual.ts'

/** What a service has used since the question before. Microseconds. */
export interface Usage extends Garbage {
  readonly userMicros: number
  readonly systemMicros: number
}

const applications: Record<
  Framework,
  (subject: Subject) => RequestListener | Promise<RequestListener>
> = {
  'node:http': createNode,
  express: createExpress,
  fastify: createFastify,
  hono: createHono,
}

const subject = JSON.parse(process.argv[2] ?? '') as Subject
if (subject.stack === 'usual') configureUsual(subject)
else await configureClew(subject)
const application = await applications[subject.framework](subject)
const http = require('node:http') as typeof import('node:http')
const server = http.createServer(withFloor(application, subject)).listen(0, '127.0.0.1', () => {
  process.send?.((server.address() as AddressInfo).port)
})

let cpu = process.cpuUsage()
let garbage = countGarbage()
process.on('message', () => {
  const { user, system } = process.cpuUsage(cpu)
  process.send?.({ userMicros: user, systemMicros: system, ...garbage() } satisfies Usage)
  cpu = process.cpuUsage()
  garbage = countGarbage()
})
process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'))
