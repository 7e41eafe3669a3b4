import { Agent, request } from 'node:http'

/** Clients of three kinds at the same time, as research on load balancers names them. */
export interface Load {
  /** Requests that got no 200, by what went wrong. */
  readonly lost: Record<string, number>
  readonly sent: () => number
  /** Resolves when this process has answered a request. */
  answeredBy(pid: number): Promise<void>
  stop(): Promise<void>
}

// Model A: new connections; B: busy ones that are kept; C: kept, and used now and then.
const kinds = [
  { clients: 10, keepAlive: false, thinkMs: () => 20 },
  { clients: 10, keepAlive: true, thinkMs: () => 5 },
  { clients: 60, keepAlive: true, thinkMs: () => 200 + Math.random() * 800 },
]

export function startLoad(port: number): Load {
  const lost: Record<string, number> = {}
  const seen = new Map<number, () => void>()
  let sent = 0
  let over = false

  async function client({ keepAlive, thinkMs }: (typeof kinds)[number]): Promise<void> {
    const agent = new Agent({ keepAlive, maxSockets: 1 })
    for (let n = 0; !over; n++) {
      sent++
      try {
        seen.get(await ask(agent, port, n % 4 === 0 ? 'POST' : 'GET'))?.()
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException
        const reason = code ?? message
        lost[reason] = (lost[reason] ?? 0) + 1
      }
      await new Promise((resolve) => setTimeout(resolve, thinkMs()))
    }
    agent.destroy()
  }
  const clients = Promise.all(
    kinds.flatMap((kind) => Array.from({ length: kind.clients }, () => client(kind))),
  )
  return {
    lost,
    sent: () => sent,
    answeredBy: (pid) => new Promise((resolve) => seen.set(pid, resolve)),
    async stop() {
      over = true
      await clients
    },
  }
}

/** Resolves with the id of the process that has answered. */
function ask(agent: Agent, port: number, method: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const path = '/orders?answer=pid'
    const sending = request({ host: '127.0.0.1', port, agent, method, path }, (res) => {
      let body = ''
      res.setEncoding('utf8').on('error', reject)
      res.on('data', (text: string) => {
        body += text
      })
      res.on('end', () =>
        res.statusCode === 200
          ? resolve(Number(body))
          : reject(new Error(`HTTP ${res.statusCode}`)),
      )
    }).on('error', reject)
    sending.end(method === 'POST' ? 'x'.repeat(2_000) : undefined)
  })
}
