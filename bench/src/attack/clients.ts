// A process of its own: clients that send one request after the other, each on a connection and from
// an address of its own.
import { connect, type Socket } from 'node:net'

export interface Clients {
  readonly port: number
  /** The first one: each further client has the next. */
  readonly address: string
  readonly isOneAddress: boolean
  readonly count: number
  /** Headers in turn: `Authorization: Basic …`. */
  readonly headers: readonly string[]
  /** How many requests each client sends; undefined: until it is told to stop. */
  readonly requests: number | undefined
  /** Between two requests of a client. */
  readonly pauseMs: number
}

export interface ClientsResult {
  readonly statuses: Readonly<Record<string, number>>
  readonly p50Ms: number
  readonly p95Ms: number
}

let isOver = false

function open(port: number, localAddress: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', localAddress }, () => resolve(socket))
    socket.setNoDelay().setEncoding('latin1').once('error', reject)
  })
}

/** The status of the response. */
function send(socket: Socket, header: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const onData = (data: string) => {
      text += data
      const body = text.indexOf('\r\n\r\n') + 4
      if (body < 4) return
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0)
      if (text.length < body + length) return
      socket.off('data', onData).off('close', reject)
      resolve(text.slice(9, 12))
    }
    socket.on('data', onData).once('close', reject)
    socket.write(`GET / HTTP/1.1\r\nHost: a\r\n${header}\r\n\r\n`)
  })
}

const nextAddress = (address: string, by: number) =>
  address.replace(/\d+$/, (last) => String(Number(last) + by))

async function run({ port, count, requests, headers, ...clients }: Clients) {
  const statuses: Record<string, number> = {}
  const latencies: number[] = []
  let at = 0
  const one = async (index: number) => {
    const { address, isOneAddress, pauseMs } = clients
    const socket = await open(port, isOneAddress ? address : nextAddress(address, index))
    for (let sent = 0; sent < (requests ?? Number.POSITIVE_INFINITY) && !isOver; sent++) {
      const startMs = performance.now()
      const status = await send(socket, headers[at++ % headers.length] as string)
      latencies.push(performance.now() - startMs)
      statuses[status] = (statuses[status] ?? 0) + 1
      if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
    socket.destroy()
  }
  await Promise.all(Array.from({ length: count }, (_, index) => one(index)))
  latencies.sort((a, b) => a - b)
  const share = (part: number) => latencies[Math.floor(part * latencies.length)] ?? 0
  return { statuses, p50Ms: share(0.5), p95Ms: share(0.95) } satisfies ClientsResult
}

process.on('message', async (message: Clients | 'stop') => {
  if (message === 'stop') isOver = true
  else process.send?.(await run(message))
})
process.once('disconnect', () => process.exit())
