import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface RedisServer {
  readonly port: number
  start(): Promise<void>
  stop(): Promise<void>
  /** Neither answers nor closes connections, as a server that hangs. */
  pause(): void
  resume(): void
}

/** A server of its own, that stores nothing on disk. */
export async function createRedisServer(): Promise<RedisServer> {
  const port = await freePort()
  const folder = await mkdtemp(join(tmpdir(), 'clew-redis-'))
  let child: ChildProcess | undefined
  return {
    port,
    async start() {
      const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder]
      const started = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'ignore'] })
      child = started
      for await (const text of started.stdout) if (/Ready to accept/.test(String(text))) break
    },
    async stop() {
      if (!child) return
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      child = undefined
      await ended
    },
    pause: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
