import { Agent, type AgentOptions, get } from 'node:http'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { type Child, nodeEval } from '@clew/testing'
import { afterEach, describe, expect, test } from '@jest/globals'

// A process is replaced by another one while clients keep calling. Not one request may be lost.

const folder = fileURLToPath(new URL('../..', import.meta.url))
const children = new Set<Child>()

async function start(shutdown: Record<string, number>) {
  const child = nodeEval(
    `import { serve } from '@clew/server'
     await serve((req, res) => setTimeout(() => res.end(String(process.pid)), Math.random() * 50), {
       address: '127.0.0.1:0',
       shutdown: ${JSON.stringify(shutdown)},
       timeouts: { idleMs: 72_000 },
       onListening: ({ address }) => console.log('port', address.port),
     })`,
    { cwd: folder, env: { KUBERNETES_SERVICE_HOST: undefined } },
  )
  children.add(child)
  return { child, port: Number((await child.until(/port (\d+)/))[1]) }
}

afterEach(() => {
  for (const child of children) child.kill('SIGKILL')
  children.clear()
})

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Each connection goes to where the load balancer points at that moment, and stays there. */
function agentTo(target: { port: number }, options: AgentOptions): Agent {
  const agent = new Agent(options)
  agent.createConnection = () => connect(target.port, '127.0.0.1')
  return agent
}

/** Resolves with the id of the process that answered. */
function ask(agent: Agent | undefined, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, agent: agent ?? false, path: '/' }, (res) => {
      let body = ''
      res.setEncoding('utf8').on('error', reject)
      res.on('data', (text: string) => {
        body += text
      })
      res.on('end', () =>
        res.statusCode === 200 ? resolve(Number(body)) : reject(new Error('status')),
      )
    }).on('error', reject)
  })
}

interface Load {
  readonly clients: number
  readonly keepAlive: boolean
  readonly thinkMs: () => number
  /** How long the load balancer still sends new connections to the old process. */
  readonly lagMs: number
  readonly shutdown: Record<string, number>
}

async function roll({ clients, keepAlive, thinkMs, lagMs, shutdown }: Load) {
  const [before, after] = await Promise.all([start(shutdown), start(shutdown)])
  const target = { port: before.port }
  const lost: string[] = []
  const served = new Map<number, number>()
  let over = false
  const client = async () => {
    const agent = keepAlive ? agentTo(target, { keepAlive: true, maxSockets: 1 }) : undefined
    while (!over) {
      await ask(agent, target.port).then(
        (pid) => served.set(pid, (served.get(pid) ?? 0) + 1),
        (error) => lost.push(error.code ?? error.message),
      )
      await pause(thinkMs())
    }
    agent?.destroy()
  }
  const load = Promise.all(Array.from({ length: clients }, client))
  await pause(300)
  before.child.kill('SIGTERM')
  await pause(lagMs)
  target.port = after.port
  const { code } = await before.child.exit
  await pause(200)
  over = true
  await load
  after.child.kill('SIGTERM')
  await after.child.exit
  const report = /server stopped.*/.exec(before.child.stderr)?.[0]
  const servedBy = ({ child }: typeof before) => served.get(child.pid) ?? 0
  return { lost, code, report, before: servedBy(before), after: servedBy(after) }
}

describe('a rolling restart loses no request', () => {
  test('model A: the load balancer is late and sends new connections for a while', async () => {
    const result = await roll({
      clients: 30,
      keepAlive: false,
      thinkMs: () => 10,
      lagMs: 500,
      shutdown: { drainDelayMs: 900, lingerMs: 500 },
    })
    expect(result).toMatchObject({ lost: [], code: 0 })
    expect(result.before).toBeGreaterThan(30)
    expect(result.after).toBeGreaterThan(0)
  })

  test('model B: keep-alive connections stick to the old process', async () => {
    const result = await roll({
      clients: 30,
      keepAlive: true,
      thinkMs: () => 5,
      lagMs: 300,
      shutdown: { drainDelayMs: 600, lingerMs: 500 },
    })
    expect(result).toMatchObject({ lost: [], code: 0 })
    expect(result.before).toBeGreaterThan(30)
    expect(result.after).toBeGreaterThan(0)
  })

  test('model C: pooled clients that call now and then, more rarely than the drain delay', async () => {
    const result = await roll({
      clients: 300,
      keepAlive: true,
      thinkMs: () => 300 + Math.random() * 1_200,
      lagMs: 100,
      shutdown: { drainDelayMs: 200, lingerMs: 2_500 },
    })
    expect(result).toMatchObject({ lost: [], code: 0 })
  })
})
