import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Child, start } from './child.ts'
import type { Database } from './database.ts'
import { freePort } from './port.ts'

/**
 * Starts PostgreSQL from PATH in a temporary folder, as another user if we are root: it refuses to
 * run as root.
 */
export async function startPostgres(): Promise<Database> {
  const folder = mkdtempSync(join(tmpdir(), 'clew-pg-'))
  const port = await freePort()
  const isRoot = process.getuid?.() === 0
  if (isRoot) await once(spawn('chown', ['postgres', folder]), 'close')
  // Passed as arguments of the script, since a path may contain spaces and quotes.
  const run = (script: string): Child => {
    const args = ['-c', `PATH=$1 && cd "$2" && ${script}`, 'sh']
    const values = [process.env['PATH'] ?? '', folder, String(port)]
    // Not `su`, which stops together with the server.
    const other = ['--reuid=postgres', '--regid=postgres', '--clear-groups', 'sh']
    return isRoot
      ? start('setpriv', [...other, ...args, ...values])
      : start('sh', [...args, ...values])
  }
  let server: Child
  const database: Database = {
    url: `postgres://ada@127.0.0.1:${port}/postgres`,
    port,
    async start() {
      server = run(`exec postgres -FD data -p "$3" -k ''`)
      await server.until(/ready to accept connections/, { stream: 'stderr' })
    },
    async stop() {
      signalAll(folder, 'KILL')
      await server.exit
    },
    async pause() {
      signalAll(folder, 'STOP')
    },
    async resume() {
      signalAll(folder, 'CONT')
    },
    async close() {
      await database.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
  const made = run('initdb -ND data -U ada -A trust')
  if ((await made.exit).code !== 0) throw new Error(made.stderr)
  await database.start()
  return database
}

/** To the postmaster and its children, each of which has a process group of its own. */
function signalAll(folder: string, signal: 'STOP' | 'CONT' | 'KILL'): void {
  const [postmaster = ''] = readFileSync(join(folder, 'data/postmaster.pid'), 'utf8').split('\n')
  const { stdout } = spawnSync('ps', ['-o', 'pid=', '--ppid', postmaster], { encoding: 'utf8' })
  // Not process.kill: some may have ended meanwhile.
  spawnSync('kill', [`-${signal}`, postmaster, ...stdout.trim().split(/\s+/)])
}
