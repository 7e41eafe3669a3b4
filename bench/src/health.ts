// Probes of a service whose dependency hangs: how long /readyz takes, how many pings 10,000 probes
// cause, and what a probe costs. Client and server are two processes.
import { connect } from 'node:net'
import * as health from '@clew/health'
import * as server from '@clew/server'
import { budget } from './report/budgets.ts'
import { cpuMicros, runService, startService } from './service/service.ts'

const connections = 32
const probesEach = 1_250
const intervalMs = 1_000
const budgetMs = 100
const request = 'GET /readyz HTTP/1.1\r\nHost: bench\r\n\r\n'

interface State {
  readonly pings: number
  readonly micros: number
}

/** The child: says its port, and at each message how often it has pinged, and its CPU time. */
async function runChild(): Promise<void> {
  let pings = 0
  const ping = () => {
    pings++
    return pings === 1 ? undefined : new Promise(() => {})
  }
  const checker = health.checker([health.pinger('database', ping, { timeoutMs: intervalMs / 2 })], {
    cacheMs: intervalMs,
  })
  const app = server.create((_req, res) => res.end(), {
    address: '127.0.0.1:0',
    logger: { log() {} },
    health: checker,
    probes: true,
  })
  const { address } = await app.listen()
  runService(address.port, (): State => ({ pings, micros: cpuMicros() }))
}

/** Sends probes one after the other on one connection, and notes how long each takes. */
function probe(port: number, times: number[]): Promise<void> {
  return new Promise((resolve, reject) => {
    let left = probesEach
    let sentAt = 0
    const send = () => {
      sentAt = performance.now()
      socket.write(request)
    }
    const socket = connect(port, '127.0.0.1', send)
    socket.on('error', reject).on('data', () => {
      times.push(performance.now() - sentAt)
      left--
      if (left > 0) send()
      else socket.end(resolve)
    })
  })
}

export async function run(): Promise<void> {
  const service = await startService<number, State>(import.meta.url, 'service')
  const port = service.address
  // The first ping passes; from then on the dependency hangs.
  await probe(port, [])
  await new Promise((resolve) => setTimeout(resolve, intervalMs))
  const before = await service.state()
  const startedAt = performance.now()
  const times: number[] = []
  await Promise.all(Array.from({ length: connections }, () => probe(port, times)))
  const seconds = (performance.now() - startedAt) / 1_000
  const after = await service.state()
  await service.stop()
  times.sort((a, b) => a - b)
  const p99 = times[Math.floor(times.length * 0.99)] ?? 0
  const micros = (after.micros - before.micros) / times.length
  console.log(
    `${times.length} probes, ${(times.length / seconds).toFixed(0)}/s: ${after.pings - before.pings} pings in ${seconds.toFixed(1)} s with cacheMs ${intervalMs}`,
  )
  console.log(`${micros.toFixed(1)} µs CPU a probe`)
  budget(`p99 of a probe while a dependency hangs: under ${budgetMs} ms`, {
    holds: p99 < budgetMs,
    measured: `${p99.toFixed(1)} ms`,
  })
}

if (process.send && process.argv[2] === 'service') await runChild()
