import { fileURLToPath } from 'node:url'
import { type Child, nodeEval } from '@clew/testing'

const cwd = fileURLToPath(new URL('../..', import.meta.url))

const program = (port: number, delayMs: number) => `
  import { serve } from '@clew/server'
  const handler = (req, res) => {
    req.resume().on('end', () => setTimeout(() => res.end(String(process.pid)), Math.random() * 50))
  }
  await serve(handler, {
    address: { host: '127.0.0.1', port: ${port} },
    probes: true,
    shutdown: { drainDelayMs: ${delayMs}, lingerMs: 1_500, timeoutMs: 20_000 },
    logger: { log: (_level, message, fields) => console.log(JSON.stringify({ message, ...fields })) },
    onListening: () => console.log('listening'),
  })`

export interface Service {
  readonly child: Child
  /** Requests that were cut, of the report of the shutdown; undefined before it. */
  readonly cut: () => number | undefined
}

export async function startService(port: number, delayMs: number): Promise<Service> {
  const child = nodeEval(program(port, delayMs), {
    cwd,
    env: { KUBERNETES_SERVICE_HOST: undefined },
  })
  await child.until(/listening/)
  return {
    child,
    cut() {
      const line = child.stdout.split('\n').find((each) => each.includes('server stopped'))
      return line === undefined ? undefined : JSON.parse(line).cut
    },
  }
}
