import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Child, start } from './child.ts'
import type { Database } from './database.ts'
import { freePort } from './port.ts'

/** Starts `redis-server` from PATH. It stores nothing on disk. */
export async function startRedis(): Promise<Database> {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'clew-redis-'))
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder]
  let child: Child
  const database: Database = {
    url: `redis://127.0.0.1:${port}`,
    port,
    async start() {
      child = start('redis-server', args)
      await child.until(/Ready to accept/)
    },
    async stop() {
      child.kill('SIGKILL')
      await child.exit
    },
    async pause() {
      child.kill('SIGSTOP')
    },
    async resume() {
      child.kill('SIGCONT')
    },
    async close() {
      await database.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
  await database.start()
  return database
}
