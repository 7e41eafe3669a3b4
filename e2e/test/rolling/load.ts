import { setMaxListeners } from 'node:events'
import { Agent, request } from 'node:http'
import type { Socket } from 'node:net'

/** Clients of one kind. */
export interface Kind {
  readonly model: Model
  readonly clients: number
  readonly keepAlive: boolean
  readonly thinkMs: () => number
}

export const models = ['A', 'B', 'C'] as const
/** A: new connections; B: busy ones that are kept; C: kept, and used now and then. */
export type Model = (typeof models)[number]

/** Clients of several kinds at the same time. */
export interface Load {
  /** Requests that got no 200, by what went wrong, of each model. */
  readonly lost: Readonly<Record<Model, Record<string, number>>>
  readonly sent: Readonly<Record<Model, number>>
  /** Resolves when this process has answered a request. */
  answeredBy(pid: number): Promise<void>
  stop(): Promise<void>
}

const between = (least: number, most: number) => () => least + Math.random() * (most - least)

/** Behind a proxy, which has connections of its own. */
export const proxied: readonly Kind[] = [
  { model: 'A', clients: 10, keepAlive: false, thinkMs: () => 20 },
  { model: 'B', clients: 10, keepAlive: true, thinkMs: () => 5 },
  { model: 'C', clients: 60, keepAlive: true, thinkMs: between(200, 1_000) },
]

/** @param delayMs - of the instances: those of model C think for longer than that, now and then */
export const direct = (delayMs: number): readonly Kind[] => [
  { model: 'A', clients: 10, keepAlive: false, thinkMs: () => 30 },
  { model: 'B', clients: 10, keepAlive: true, thinkMs: () => 50 },
  { model: 'C', clients: 150, keepAlive: true, thinkMs: between(0.2 * delayMs, 1.6 * delayMs) },
]

export function startLoad(kinds: readonly Kind[], connect: () => Socket): Load {
  const lost: Record<Model, Record<string, number>> = { A: {}, B: {}, C: {} }
  const sent = { A: 0, B: 0, C: 0 }
  const seen = new Map<number, () => void>()
  const over = new AbortController()
  setMaxListeners(0, over.signal)

  async function client({ model, keepAlive, thinkMs }: Kind): Promise<void> {
    const agent = new Agent({ keepAlive, maxSockets: 1 })
    agent.createConnection = connect
    // Not all at once.
    await pause(Math.random() * thinkMs(), over.signal)
    for (let n = 0; !over.signal.aborted; n++) {
      sent[model]++
      const method = n % 4 === 0 ? 'POST' : 'GET'
      try {
        seen.get(await ask(agent, method))?.()
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException
        const reason = `${method} ${code ?? message}`
        lost[model][reason] = (lost[model][reason] ?? 0) + 1
      }
      await pause(thinkMs(), over.signal)
    }
    agent.destroy()
  }
  const clients = Promise.all(
    kinds.flatMap((kind) => Array.from({ length: kind.clients }, () => client(kind))),
  )
  return {
    lost,
    sent,
    answeredBy: (pid) => new Promise((resolve) => seen.set(pid, resolve)),
    async stop() {
      over.abort()
      await clients
    },
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    if (signal.aborted) end()
    else signal.addEventListener('abort', end)
  })
}

/** Resolves with the id of the process that has answered. */
function ask(agent: Agent, method: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const sending = request({ agent, method, path: '/orders?answer=pid' }, (res) => {
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
