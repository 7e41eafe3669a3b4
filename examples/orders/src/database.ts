import { PGlite } from '@electric-sql/pglite'
import pg from 'pg'

/** The part of PostgreSQL that the service uses. */
export interface Database {
  /** Rejects with `DatabaseUnavailable` if PostgreSQL does not answer. */
  query<Row>(sql: string, values?: unknown[]): Promise<readonly Row[]>
  close(): Promise<void>
}

export class DatabaseUnavailable extends Error {
  override readonly name = 'DatabaseUnavailable'
  readonly code = 'ERR_DATABASE_UNAVAILABLE'
}

const schema = `
  create table if not exists orders (
    id uuid primary key,
    customer text not null,
    amount integer not null check (amount > 0),
    status text not null,
    created_at timestamptz not null default now()
  )`

/**
 * Connects to the PostgreSQL server at `url` or, without a URL, to one embedded in this process.
 * The table is created before the first query, so the service starts even if the server is down;
 * readiness answers 503 until it is up.
 */
export function openDatabase(url: URL | undefined, connections: number): Database {
  const database = url ? createPool(url, connections) : createEmbedded()
  let prepared: Promise<unknown> | undefined
  return {
    async query(sql, values) {
      prepared ??= database.query(schema)
      await prepared.catch((error) => {
        prepared = undefined
        throw error
      })
      return database.query(sql, values)
    },
    close: () => database.close(),
  }
}

function createEmbedded(): Database {
  let database: Promise<PGlite> | undefined
  return {
    async query<Row>(sql: string, values?: unknown[]) {
      database ??= PGlite.create()
      return (await (await database).query<Row>(sql, values)).rows
    },
    close: async () => (await database)?.close(),
  }
}

function createPool(url: URL, connections: number): Database {
  const pool = new pg.Pool({
    connectionString: url.href,
    max: connections,
    connectionTimeoutMillis: 5_000,
    query_timeout: 5_000,
  })
  // The pool replaces an idle connection that breaks, but without a listener its error would end
  // the process.
  pool.on('error', () => {})
  return {
    async query<Row>(sql: string, values?: unknown[]) {
      try {
        return (await pool.query(sql, values)).rows as Row[]
      } catch (cause) {
        // PostgreSQL's own errors have a severity. Any other error means that it was not reached.
        if ((cause as { severity?: string }).severity) throw cause
        throw new DatabaseUnavailable(`PostgreSQL at ${url.host} does not answer`, { cause })
      }
    },
    close: () => pool.end(),
  }
}
