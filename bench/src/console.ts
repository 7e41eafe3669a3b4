// The cost of the debug console: CPU time of a service per request, without a console, with one that
// nobody looks at, and with one whose page is open.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import * as debug from '@clew/debug'
import * as log from '@clew/log'
import * as server from '@clew/server'

const kinds = ['without', 'closed', 'open'] as const
type Kind = (typeof kinds)[number]

const connections = 32
const requestsEach = 300
const rounds = 5
const request = 'GET /orders/7 HTTP/1.1\r\nHost: bench\r\n\r\n'

/** The child: says its ports, and at each message the CPU time it has used, in microseconds. */
async function runChild(kind: Kind): Promise<void> {
  const logger = log.configure({ outputs: { to: '/dev/null' } })
  const handler: server.Handler = (_req, res) => {
    // As a real handler: a request of 19 microseconds would be all observation.
    for (let i = 0; i < 50; i++) JSON.parse('{"id":7,"lines":[{"sku":"a","count":2}]}')
    log.info('order shown', { order_id: 7 })
    res.setHeader('content-type', 'application/json')
    res.end('{"ok":true}')
  }
  const app = server.create(handler, {
    address: '127.0.0.1:0',
    admin: { address: '127.0.0.1:0' },
    logger,
    ...(kind === 'without' ? {} : { debug: debug.console({ logger }) }),
  })
  const { address, admin } = await app.listen()
  process.on('message', () => {
    const { user, system } = process.cpuUsage()
    process.send?.(user + system)
  })
  process.send?.([address.port, admin?.port])
}

/** Sends requests one after the other on one connection. */
function load(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let left = requestsEach
    const socket = connect(port, '127.0.0.1', () => socket.write(request))
    socket.on('error', reject).on('data', () => {
      left--
      if (left > 0) socket.write(request)
      else socket.end(resolve)
    })
  })
}

/** Reads the stream as the page does, with all topics. */
async function look(adminPort: number): Promise<void> {
  const { body } = await fetch(`http://127.0.0.1:${adminPort}/debug/stream`)
  body?.pipeTo(new WritableStream()).catch(() => {})
}

async function measure(kind: Kind) {
  const child = fork(fileURLToPath(import.meta.url), [kind])
  const answer = async () => (await once(child, 'message'))[0] as unknown
  const [port, adminPort] = (await answer()) as [number, number]
  if (kind === 'open') await look(adminPort)
  const cpu = () => {
    child.send('cpu')
    return answer() as Promise<number>
  }
  return {
    async round() {
      const before = await cpu()
      await Promise.all(Array.from({ length: connections }, () => load(port)))
      return ((await cpu()) - before) / (connections * requestsEach)
    },
    end: () => child.kill(),
  }
}

const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1] ?? 0

export async function run(): Promise<void> {
  const services = await Promise.all(kinds.map(measure))
  const micros: number[][] = kinds.map(() => [])
  for (let round = 0; round <= rounds; round++) {
    for (const [index, service] of services.entries()) {
      const taken = await service.round()
      // The first round warms up.
      if (round > 0) micros[index]?.push(taken)
    }
  }
  for (const service of services) service.end()
  const ratios = micros.map((values) =>
    median(values.map((value, round) => value / (micros[0]?.[round] ?? value))),
  )
  for (const [index, kind] of kinds.entries()) {
    const percent = (((ratios[index] ?? 1) - 1) * 100).toFixed(1)
    const taken = median([...(micros[index] ?? [])]).toFixed(1)
    console.log(`${kind.padEnd(8)} ${taken} µs of CPU per request, ${percent} % more than without`)
  }
}

const [, , kind] = process.argv
if (kinds.includes(kind as Kind)) await runChild(kind as Kind)
