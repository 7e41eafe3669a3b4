import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { type Child, type Collector, startCollector, startNode } from '@clew/testing'
import type { Cell } from './cells.ts'

export interface Answer {
  readonly status: number
  readonly body: string
  readonly headers: Headers
}

/** An application of a cell as a process of its own. */
export interface Running {
  readonly child: Child
  readonly collector: Collector
  /** Asks the application itself. */
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Answer>
  /** Asks what it offers on a second port: the debug console, or the admin listener. */
  aside(path: string, init?: RequestInit): Promise<Answer>
  /** The lines on stdout that are JSON. */
  lines(): readonly Readonly<Record<string, unknown>>[]
  close(): Promise<void>
}

export async function startCell(
  { program }: Pick<Cell, 'program'>,
  variables: Readonly<Record<string, string>> = {},
): Promise<Running> {
  const [port, second] = [await nextPort(), await nextPort()]
  const collector = await startCollector()
  const child = startNode(program, [], {
    env: {
      ...environment(collector),
      ...variables,
      PORT: String(port),
      ADMIN_PORT: String(second),
      DEBUG_PORT: String(second),
    },
  })
  const ask = async (of: number, path: string, init: RequestInit = {}): Promise<Answer> => {
    const answer = await untilAnswered(child, `http://127.0.0.1:${of}${path}`, init)
    return { status: answer.status, body: await answer.text(), headers: answer.headers }
  }
  return {
    child,
    collector,
    get: (path, headers = {}) => ask(port, path, { headers }),
    aside: (path, init) => ask(second, path, init),
    lines: () => jsonLines(child.stdout),
    async close() {
      child.kill('SIGKILL')
      await child.exit
      await collector.close()
    },
  }
}

// Below the ports that systems give out by themselves: what is free stays free until the application
// listens.
let lastPort = 10_000 + (process.pid % 100) * 200

async function nextPort(): Promise<number> {
  const port = ++lastPort
  const server = createServer().listen(port)
  try {
    await once(server, 'listening')
  } catch {
    return nextPort()
  }
  server.close()
  await once(server, 'close')
  return port
}

/** What every cell gets: where telemetry goes, and that it goes there soon. */
export const environment = ({ endpoint }: Collector): Record<string, string> => ({
  OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
  OTEL_BSP_SCHEDULE_DELAY: '50',
  // By default, two requests a second.
  OTEL_TRACES_SAMPLER: 'always_on',
  OTEL_METRIC_EXPORT_INTERVAL: '100',
  OTEL_METRIC_EXPORT_TIMEOUT: '100',
  NO_COLOR: '1',
})

export const jsonLines = (text: string): Readonly<Record<string, unknown>>[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line))

/** A plain application does not say when it listens. */
async function untilAnswered(child: Child, url: string, init: RequestInit): Promise<Response> {
  let ended = false
  void child.exit.then(() => {
    ended = true
  })
  while (true) {
    try {
      // A connection that is kept would be waited for at the end.
      return await fetch(url, { ...init, headers: { ...init.headers, connection: 'close' } })
    } catch (error) {
      if (ended) throw new Error(`${url}: ended\n${child.stdout}${child.stderr}`, { cause: error })
      await pause(20)
    }
  }
}
