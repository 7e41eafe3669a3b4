// The cost of the debug console: CPU time of a service per request, without a console, with one that
// nobody looks at, and with one whose page is open.
import * as debug from '@clew/debug'
import * as log from '@clew/log'
import * as server from '@clew/server'
import { budget } from './report/budgets.ts'
import { sendRequests } from './service/requests.ts'
import { roundsOf } from './service/rounds.ts'
import { runService, startService } from './service/service.ts'

const kinds = ['without', 'closed', 'open'] as const
type Kind = (typeof kinds)[number]

// Longer than a second: what an open console records is bounded by the second.
const load = { connections: 32, each: 1000 }
const rounds = 7
const atMostPercent = { closed: 0.5, open: 2 }

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
  runService([address.port, admin?.port])
}

/** Reads the stream as the page does, with all topics. */
async function look(adminPort: number): Promise<void> {
  const { body } = await fetch(`http://127.0.0.1:${adminPort}/debug/stream`)
  body?.pipeTo(new WritableStream()).catch(() => {})
}

async function measure(kind: Kind) {
  const service = await startService<[port: number, adminPort: number]>(import.meta.url, kind)
  const [port, adminPort] = service.address
  if (kind === 'open') await look(adminPort)
  return {
    async round() {
      const before = await service.state()
      await sendRequests(port, load)
      return ((await service.state()) - before) / (load.connections * load.each)
    },
    stop: () => service.stop(),
  }
}

const median = (values: readonly number[]) => roundsOf(values).median

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
  await Promise.all(services.map((service) => service.stop()))
  const ratios = micros.map((values) =>
    median(values.map((value, round) => value / (micros[0]?.[round] ?? value))),
  )
  for (const [index, kind] of kinds.entries()) {
    const percent = ((ratios[index] ?? 1) - 1) * 100
    const taken = median(micros[index] ?? []).toFixed(1)
    console.log(`${kind.padEnd(8)} ${taken} µs of CPU per request, ${percent.toFixed(1)} % more`)
    if (kind === 'without') continue
    budget(`a console that is ${kind} costs under ${atMostPercent[kind]} %`, {
      holds: percent < atMostPercent[kind],
      measured: `${percent.toFixed(1)} %`,
    })
  }
}

const [, , kind] = process.argv
if (kinds.includes(kind as Kind)) await runChild(kind as Kind)
