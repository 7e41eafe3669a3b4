// What a request costs, counted and not timed: a change that makes requests dearer is seen on every
// machine. `pnpm bench tax` has the times.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { Agent, get } from 'node:http'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'

interface Cost {
  /** `AsyncLocalStorage.run`. */
  readonly runs: number
  /** Listeners of the request and the response. */
  readonly listeners: number
  /** How often a request has another hidden class than the one before. */
  readonly shapes: number
  readonly bytes: number
}

const service = fileURLToPath(new URL('cost/service.mjs', import.meta.url))
// No collection while it counts: what is allocated is the difference of the heap.
const execArgv = [
  '--allow-natives-syntax',
  '--expose-gc',
  '--max-semi-space-size=256',
  '--min-semi-space-size=256',
]
const requests = 500

async function answer<T>(child: ChildProcess): Promise<T> {
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`the service ended with ${code}`)
  })
  return ((await Promise.race([once(child, 'message'), failed])) as [T])[0]
}

/** Sends them one after the other over one connection. */
async function send(count: number, port: number, key: string): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  for (let index = 0; index < count; index++) {
    const options = {
      port,
      host: '127.0.0.1',
      agent,
      path: '/orders/7',
      headers: { 'x-api-key': key },
    }
    const [response] = await once(get(options), 'response')
    expect(response.statusCode).toBe(200)
    await once(response.resume(), 'end')
  }
  agent.destroy()
}

async function costOf(framework: string, parts: readonly string[]): Promise<Cost> {
  const { NODE_OPTIONS: _, ...env } = process.env
  const child = fork(service, [parts.join(), framework], {
    execArgv,
    env: { ...env, NODE_ENV: 'production' },
  })
  const { port, key } = await answer<{ port: number; key: string }>(child)
  // Until the code is compiled: the compiler allocates, too.
  await send(2000, port, key)
  child.send({ counting: true })
  await send(requests, port, key)
  const done = answer<Cost>(child)
  child.send({ counting: false })
  const cost = await done
  const each = (total: number) => total / requests
  return {
    runs: each(cost.runs),
    listeners: each(cost.listeners),
    shapes: cost.shapes,
    bytes: each(cost.bytes),
  }
}

const all = ['trace', 'log', 'metrics', 'security']

// What all four add, in bytes; measured: 9.2, 12.6 and 18.2 KiB on Node 20.
test.each([
  ['node', 'all lines held back', 0, 12 * 1024],
  // A listener instead of a property, which would give each response a hidden class of its own.
  ['express', 'all lines held back', 1, 15.5 * 1024],
  // With a policy and a span in each, which must not cost a line the encoder's fast path.
  ['express', 'two lines', 1, 21 * 1024],
])(
  '%s, %s: what all packages together add to a request',
  async (framework, lines, listeners, maxBytes) => {
    const bare = await costOf(framework, [])
    const ours = await costOf(framework, lines === 'two lines' ? [...all, 'lines'] : all)
    expect({
      runs: ours.runs - bare.runs,
      listeners: ours.listeners - bare.listeners,
      // Express gives each request a hidden class of its own on Node 20; we add none.
      shapes: ours.shapes > bare.shapes,
    }).toEqual({ runs: 1, listeners, shapes: false })
    expect(ours.bytes - bare.bytes).toBeLessThan(maxBytes)
  },
  120_000,
)
