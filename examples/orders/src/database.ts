import { PGlite } from '@electric-sql/pglite'
import pg from 'pg'

/** The few things the service asks of PostgreSQL. */
export interface Database {
  /** Rejects with a `DatabaseUnavailable` when PostgreSQL does not answer. */
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
 * PostgreSQL: the server at `url`, or, without one, a PostgreSQL inside this process. The table is created before the first
 * query. A server that is not there yet does not keep the service from starting: readiness says 503 until it is.
 */
export function openDatabase(url: URL | undefined, connections: number): Database {
  const database = url ? serverAt(url, connections) : embedded()
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

function embedded(): Database {
  let database: Promise<PGlite> | undefined
  return {
    async query<Row>(sql: string, values?: unknown[]) {
      database ??= PGlite.create()
      return (await (await database).query<Row>(sql, values)).rows
    },
    close: async () => (await database)?.close(),
  }
}

function serverAt(url: URL, connections: number): Database {
  const pool = new pg.Pool({
    connectionString: url.href,
    max: connections,
    connectionTimeoutMillis: 5_000,
    query_timeout: 5_000,
  })
  // An idle connection that the server drops is replaced on the next query; without a listener it would end the process.
  pool.on('error', () => {})
  return {
    async query<Row>(sql: string, values?: unknown[]) {
      try {
        return (await pool.query(sql, values)).rows as Row[]
      } catch (cause) {
        // What PostgreSQL itself says has a severity; anything else means that it could not be asked.
        if ((cause as { severity?: string }).severity) throw cause
        throw new DatabaseUnavailable(`PostgreSQL at ${url.host} does not answer`, { cause })
      }
    },
    close: () => pool.end(),
  }
}
