import { PGlite } from '@electric-sql/pglite'
import { PGLiteSocketServer } from '@electric-sql/pglite-socket'

/**
 * A PostgreSQL server in this process (PGlite behind a real socket). It can be stopped and
 * restarted on the same port.
 */
export interface DatabaseServer {
  readonly url: string
  start(): Promise<void>
  stop(): Promise<void>
  /** Stops it permanently. */
  close(): Promise<void>
}

export async function startDatabase(): Promise<DatabaseServer> {
  const db = await PGlite.create()
  let port = 0
  let server: PGLiteSocketServer | undefined

  async function start() {
    server = new PGLiteSocketServer({ db, port, host: '127.0.0.1', maxConnections: 50 })
    server.addEventListener('listening', (event) => {
      port = (event as CustomEvent<{ port: number }>).detail.port
    })
    await server.start()
  }
  async function stop() {
    await server?.stop()
    server = undefined
  }

  await start()
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    start,
    stop,
    async close() {
      await stop()
      await db.close()
    },
  }
}
