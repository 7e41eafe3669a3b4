// A process of its own: sends requests, as fast as they are answered, or at a rate.
import { connect, type Socket } from 'node:net'

export interface Load {
  readonly port: number
  readonly token: string
  readonly requests: number
  readonly connections: number
  /** Requests per second, whatever is answered. Left out: as many as are answered. */
  readonly rate?: number
}

/** Milliseconds, from when a request is due to the end of its answer. */
export interface LoadResult {
  readonly seconds: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/** One keep-alive connection, with one request at a time. */
class Client {
  private readonly socket: Socket
  private received = ''
  private done: (() => void) | undefined

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1').setNoDelay().setEncoding('latin1')
    this.socket.on('data', (data) => this.read(String(data)))
  }

  send(request: string, done: () => void): void {
    this.done = done
    this.socket.write(request)
  }

  close(): void {
    this.socket.destroy()
  }

  private read(data: string): void {
    this.received += data
    const body = this.received.indexOf('\r\n\r\n') + 4
    if (body < 4) return
    const status = this.received.slice(9, 12)
    if (status !== '200') throw new Error(`the service answered ${this.received}`)
    const length = Number(/content-length: (\d+)/i.exec(this.received)?.[1])
    if (this.received.length < body + length) return
    this.received = ''
    this.done?.()
  }
}

function run({ port, token, requests, connections, rate }: Load): Promise<LoadResult> {
  const headers = [
    'Host: 127.0.0.1',
    'User-Agent: bench',
    'Accept: application/json',
    `Authorization: Bearer ${token}`,
  ].join('\r\n')
  const idle = Array.from({ length: connections }, () => new Client(port))
  const all = [...idle]
  const latencies: number[] = []
  const begunAt = performance.now()
  let sent = 0
  return new Promise((resolve) => {
    const end = () => {
      for (const client of all) client.close()
      latencies.sort((a, b) => a - b)
      const at = (share: number) => latencies[Math.floor(share * latencies.length)] ?? 0
      resolve({
        seconds: (performance.now() - begunAt) / 1000,
        p50Ms: at(0.5),
        p99Ms: at(0.99),
      })
    }
    const next = () => {
      while (sent < requests && idle.length > 0) {
        const now = performance.now()
        const dueAt = rate === undefined ? now : begunAt + (sent / rate) * 1000
        if (dueAt > now) break
        const client = idle.pop() as Client
        client.send(`GET /orders/${sent++} HTTP/1.1\r\n${headers}\r\n\r\n`, () => {
          latencies.push(performance.now() - dueAt)
          idle.push(client)
          if (latencies.length === requests) end()
          else next()
        })
      }
      if (rate !== undefined && sent < requests && idle.length > 0) setImmediate(next)
    }
    next()
  })
}

process.on('message', async (load: Load) => process.send?.(await run(load)))
process.once('disconnect', () => process.exit())
