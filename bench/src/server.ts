// The cost of a server around a handler: CPU time of its process per request, and requests per
// second, compared with bare node:http. Client and server take turns on the same machine, so that
// the CPU time is what to look at.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import * as server from '@clew/server'

const kinds = ['bare', 'server'] as const
type Kind = (typeof kinds)[number]

const connections = 32
const requestsEach = 400
const rounds = 5
const request = 'GET /orders/7 HTTP/1.1\r\nHost: bench\r\n\r\n'

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

/** The child: says its port, and at each message the CPU time it has used, in microseconds. */
async function runChild(kind: Kind): Promise<void> {
  const port = await listen(kind)
  process.on('message', () => {
    const { user, system } = process.cpuUsage()
    process.send?.(user + system)
  })
  process.send?.(port)
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

async function measure(kind: Kind) {
  const child = fork(fileURLToPath(import.meta.url), [kind])
  const answer = async () => (await once(child, 'message'))[0] as number
  const port = await answer()
  const cpu = () => {
    child.send('cpu')
    return answer()
  }
  return {
    async round() {
      const [before, startedAt] = [await cpu(), performance.now()]
      await Promise.all(Array.from({ length: connections }, () => load(port)))
      const count = connections * requestsEach
      const seconds = (performance.now() - startedAt) / 1_000
      return { micros: ((await cpu()) - before) / count, perSecond: count / seconds }
    },
    end: () => child.kill(),
  }
}

const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1] ?? 0

export async function run(): Promise<void> {
  const [bare, ours] = [await measure('bare'), await measure('server')]
  const results = { bare: [], server: [] } as Record<Kind, { micros: number; perSecond: number }[]>
  for (let round = 0; round <= rounds; round++) {
    // One after the other in each round, so that both see the same machine. The first warms up.
    const pair = { bare: await bare.round(), server: await ours.round() }
    if (round > 0) for (const kind of kinds) results[kind].push(pair[kind])
  }
  bare.end()
  ours.end()
  const of = (kind: Kind, pick: 'micros' | 'perSecond') =>
    median(results[kind].map((each) => each[pick]))
  for (const kind of kinds) {
    const micros = of(kind, 'micros').toFixed(1)
    console.log(
      `${kind.padEnd(8)} ${micros} µs CPU a request, ${of(kind, 'perSecond').toFixed(0)}/s`,
    )
  }
  const cpu = of('bare', 'micros') / of('server', 'micros')
  const throughput = of('server', 'perSecond') / of('bare', 'perSecond')
  console.log(`ratio    ${cpu.toFixed(2)} by CPU, ${throughput.toFixed(2)} by requests per second`)
}

const [, , kind] = process.argv
if (process.send && kinds.includes(kind as Kind)) await runChild(kind as Kind)
