import { Agent, get, type OutgoingHttpHeaders } from 'node:http'
import { startService } from './service.ts'

/** What is sent to a service to find out what a request costs it. */
export interface RequestLoad {
  readonly warmUp: number
  readonly requests: number
  readonly connections: number
  path(index: number): string
  readonly headers?: OutgoingHttpHeaders
}

/** CPU microseconds per request (user and system) of the file at `url` as a service of its own. */
export async function requestCost(
  url: string,
  name: string,
  { warmUp, requests, ...how }: RequestLoad,
): Promise<number> {
  const service = await startService<number>(url, 'serve', name)
  await send(service.address, warmUp, how)
  const before = await service.state()
  await send(service.address, requests, how)
  const micros = (await service.state()) - before
  await service.stop()
  return micros / requests
}

async function send(
  port: number,
  count: number,
  { connections, path, headers }: Pick<RequestLoad, 'connections' | 'path' | 'headers'>,
): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  let left = count
  const worker = async () => {
    while (left-- > 0) {
      await new Promise<void>((resolve, reject) => {
        const options = { port, host: '127.0.0.1', path: path(left), agent, headers }
        get(options, (res) => res.resume().on('end', resolve)).on('error', reject)
      })
    }
  }
  await Promise.all(Array.from({ length: connections }, worker))
  agent.destroy()
}
