import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'

export interface PostgresServer {
  readonly url: string
  /** Starts it again, on the same port and with the same data. */
  start(): Promise<void>
  /** Ends it without waiting for anything, as a crash does. */
  stop(): Promise<void>
  /** Ends it, and deletes its data. */
  close(): Promise<void>
}

/**
 * Starts PostgreSQL in a temporary folder, as another user if we are root: PostgreSQL refuses to
 * run as root.
 */
export async function startPostgres(): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), 'clew-pg-'))
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  const root = process.getuid?.() === 0
  // Passed as arguments of the script, since a path may contain spaces and quotes.
  const run = (script: string): ChildProcessByStdio<null, null, Readable> => {
    const shell = ['-c', `PATH=$1 && cd "$2" && ${script}`]
    const values = [process.env['PATH'] ?? '', folder, String(port)]
    const stdio = ['ignore', 'ignore', 'pipe'] as const
    return root
      ? spawn('su', ['postgres', '-s', '/bin/sh', ...shell, 'sh', ...values], { stdio: [...stdio] })
      : spawn('sh', [...shell, 'sh', ...values], { stdio: [...stdio] })
  }
  if (root) await once(spawn('chown', ['postgres', folder]), 'close')
  let server: ReturnType<typeof run> | undefined

  async function launch(script: string): Promise<void> {
    const started = run(script)
    server = started
    started.stderr.setEncoding('utf8')
    const ready = new Promise<void>((resolve, reject) => {
      let output = ''
      started.stderr.on('data', (chunk: string) => {
        output += chunk
        if (/ready to accept connections/.test(output)) resolve()
      })
      started.once('close', () => reject(new Error(output)))
    })
    await ready
  }

  async function end(mode: 'fast' | 'immediate'): Promise<void> {
    if (server === undefined) return
    const ended = once(server, 'close')
    server = undefined
    run(`pg_ctl stop -D data -m ${mode}`)
    await ended
  }

  const serve = `exec postgres -FD data -p "$3" -k ''`
  await launch(`initdb -ND data -U ada -A trust >/dev/null && ${serve}`)
  return {
    url: `postgres://ada@127.0.0.1:${port}/postgres`,
    start: () => launch(serve),
    stop: () => end('immediate'),
    async close() {
      await end('fast')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
