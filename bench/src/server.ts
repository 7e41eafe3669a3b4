// The cost of a server around a handler: CPU time of its process per request, and requests per
// second, compared with bare node:http. Client and server take turns on the same machine, so that
// the CPU time is what to look at.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as server from '@clew/server'
import { budget } from './report/budgets.ts'
import { sendRequests } from './service/requests.ts'
import { roundsOf } from './service/rounds.ts'
import { runService, type Service, startService } from './service/service.ts'

const kinds = ['bare', 'server'] as const
type Kind = (typeof kinds)[number]

const load = { connections: 32, each: 400 }
const rounds = 5

const handler: server.Handler = (_req, res) => {
  res.setHeader('content-type', 'application/json')
  res.end('{"ok":true}')
}

async function listen(kind: Kind): Promise<number> {
  if (kind === 'server') {
    const app = server.create(handler, { address: '127.0.0.1:0', logger: { log() {} } })
    return (await app.listen()).address.port ?? 0
  }
  const http = createServer(handler).listen(0, '127.0.0.1')
  await once(http, 'listening')
  return (http.address() as AddressInfo).port
}

async function round(service: Service<number>) {
  const [before, startedAt] = [await service.state(), performance.now()]
  await sendRequests(service.address, load)
  const count = load.connections * load.each
  const seconds = (performance.now() - startedAt) / 1_000
  return { micros: ((await service.state()) - before) / count, perSecond: count / seconds }
}

export async function run(): Promise<void> {
  const bare = await startService<number>(import.meta.url, 'bare')
  const ours = await startService<number>(import.meta.url, 'server')
  const results = { bare: [], server: [] } as Record<Kind, Awaited<ReturnType<typeof round>>[]>
  for (let count = 0; count <= rounds; count++) {
    // One after the other in each round, so that both see the same machine. The first warms up.
    const pair = { bare: await round(bare), server: await round(ours) }
    if (count > 0) for (const kind of kinds) results[kind].push(pair[kind])
  }
  await Promise.all([bare.stop(), ours.stop()])
  const of = (kind: Kind, pick: 'micros' | 'perSecond') =>
    roundsOf(results[kind].map((each) => each[pick])).median
  for (const kind of kinds) {
    const micros = of(kind, 'micros').toFixed(1)
    console.log(
      `${kind.padEnd(8)} ${micros} µs CPU a request, ${of(kind, 'perSecond').toFixed(0)}/s`,
    )
  }
  const cpu = of('bare', 'micros') / of('server', 'micros')
  const throughput = of('server', 'perSecond') / of('bare', 'perSecond')
  console.log(`ratio    ${cpu.toFixed(2)} by CPU, ${throughput.toFixed(2)} by requests per second`)
  budget('at least 0.95 of the requests per second of node:http', {
    holds: throughput >= 0.95,
    measured: throughput.toFixed(2),
  })
}

const [, , kind] = process.argv
if (process.send && kinds.includes(kind as Kind)) runService(await listen(kind as Kind))
