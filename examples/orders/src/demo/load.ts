import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'

export interface Load {
  readonly sent: number
  readonly answered: number
  readonly lost: readonly string[]
  readonly statuses: ReadonlyMap<number, number>
  inFlight(): number
  /** Sends no new requests; resolves when all requests that were sent have settled. */
  stop(): Promise<void>
  /** Resolves when every client has stopped, after `Connection: close`, an error or `stop`. */
  readonly done: Promise<void>
}

/**
 * Opens `clients` keep-alive connections, each sending one request after the other. Like a load
 * balancer, a client leaves after a response with `Connection: close`. A request that is sent but
 * not answered is lost.
 */
export function startLoad(
  clients: number,
  url: URL,
  next: () => { headers: Record<string, string>; body: string },
): Load {
  let sent = 0
  let answered = 0
  let stopped = false
  const lost: string[] = []
  const statuses = new Map<number, number>()

  async function client(): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    while (!stopped) {
      sent += 1
      try {
        const { headers, body } = next()
        const outgoing = request(url, { method: 'POST', agent, headers })
        outgoing.end(body)
        const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
        response.resume()
        await once(response, 'end')
        answered += 1
        const status = response.statusCode ?? 0
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
        if (response.headers.connection === 'close') break
      } catch (error) {
        lost.push(String((error as Error).message))
        break
      }
    }
    agent.destroy()
  }

  const done = Promise.all(Array.from({ length: clients }, client)).then(() => {})
  return {
    get sent() {
      return sent
    },
    get answered() {
      return answered
    },
    lost,
    statuses,
    inFlight: () => sent - answered - lost.length,
    stop() {
      stopped = true
      return done
    },
    done,
  }
}
