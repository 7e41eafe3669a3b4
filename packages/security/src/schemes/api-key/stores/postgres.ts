import { optionCheck } from '../../../options.ts'
import type { ApiKeyRecord } from '../record.ts'
import { type ApiKeyRepository, hashBefore, keyExists, maxListed, requireRecord } from '../store.ts'

/** A pool or client of `pg`, or anything else with this method. */
export interface PostgresClient {
  query(
    text: string,
    values: unknown[],
  ): Promise<{ readonly rows: readonly Readonly<Record<string, unknown>>[] }>
}

export interface PostgresApiKeysOptions {
  /**
   * Name of the table, with or without its schema: lower-case letters, digits and `_`.
   *
   * @defaultValue `'api_keys'`
   */
  readonly table?: string
}

const time = (column: string) =>
  `to_char(${column} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`

// As text, so that nothing depends on how a client is set to parse dates and JSON.
const columns = `id, hash, prefix, previous::text, owner, scopes::text, ${[
  'created_at',
  'rotated_at',
  'not_before',
  'expires_at',
  'revoked_at',
  'last_used_at',
]
  .map((column) => `${time(column)} as ${column}`)
  .join(', ')}`

/**
 * Records in a table of PostgreSQL; docs/api-keys.md has its definition.
 *
 * @param client - a pool of `pg`, or anything with its `query`; it stays yours, also to close
 * @throws TypeError `ERR_SECURITY_OPTION` for something else, and for a wrong option
 */
export function postgresApiKeys(
  client: PostgresClient,
  options: PostgresApiKeysOptions = {},
): ApiKeyRepository {
  const check = optionCheck('security.postgresApiKeys')
  if (typeof (client as PostgresClient | undefined)?.query !== 'function') {
    throw check.error('client', 'a pool or client of pg', client)
  }
  const { table = 'api_keys' } = check.options('options', options, ['table'])
  if (
    typeof table !== 'string' ||
    !/^([a-z_][a-z0-9_]{0,62}\.)?[a-z_][a-z0-9_]{0,62}$/.test(table)
  ) {
    throw check.error('table', 'a name of lower-case letters, digits and _', table)
  }
  const name = table
    .split('.')
    .map((part) => `"${part}"`)
    .join('.')
  const query = async (text: string, values: unknown[]) => (await client.query(text, values)).rows
  const changes = async (text: string, values: unknown[]) => (await query(text, values)).length > 0

  return {
    async get(id) {
      const [row] = await query(`select ${columns} from ${name} where id = $1`, [id])
      return row && recordOf(row)
    },
    async used(id, at) {
      // Several instances: never backwards.
      await query(
        `update ${name} set last_used_at = greatest(last_used_at, $2::timestamptz) where id = $1`,
        [id, at.toISOString()],
      )
    },
    async insert(record) {
      requireRecord('insert', record)
      const isNew = await changes(
        `insert into ${name} (id, hash, prefix, previous, owner, scopes, created_at, rotated_at, ` +
          'not_before, expires_at, revoked_at) values ' +
          '($1, $2, $3, $4::jsonb, $5, $6::jsonb, $7::timestamptz, $8::timestamptz, ' +
          '$9::timestamptz, $10::timestamptz, $11::timestamptz) ' +
          'on conflict (id) do nothing returning id',
        [
          ...[record.id, record.hash, record.prefix ?? null, json(record.previous), record.owner],
          ...[json(record.scopes ?? []), record.createdAt, record.rotatedAt ?? null],
          ...[record.notBefore ?? null, record.expiresAt ?? null, record.revokedAt ?? null],
        ],
      )
      if (!isNew) throw keyExists(record.id)
    },
    async rotate(record) {
      const before = hashBefore(record)
      return changes(
        `update ${name} set hash = $3, prefix = $4, previous = $5::jsonb, ` +
          'rotated_at = $6::timestamptz, expires_at = $7::timestamptz ' +
          'where id = $1 and hash = $2 and revoked_at is null returning id',
        [
          ...[record.id, before, record.hash, record.prefix ?? null, json(record.previous)],
          ...[record.rotatedAt ?? null, record.expiresAt ?? null],
        ],
      )
    },
    revoke: (id) =>
      changes(
        `update ${name} set revoked_at = now() where id = $1 and revoked_at is null returning id`,
        [id],
      ),
    async list(owner) {
      const rows = await query(
        `select ${columns} from ${name} where owner = $1 order by ${name}.created_at desc limit ${maxListed}`,
        [owner],
      )
      return rows.map(recordOf)
    },
  }
}

const json = (value: unknown) => (value === undefined ? null : JSON.stringify(value))

/** Without what is null, as `issueApiKey` made it. What the columns contain is checked when it is used. */
function recordOf(row: Readonly<Record<string, unknown>>): ApiKeyRecord {
  const { created_at, rotated_at, not_before, expires_at, revoked_at, last_used_at, ...rest } = row
  const record: Record<string, unknown> = {
    ...rest,
    previous: parsed(rest['previous']),
    scopes: parsed(rest['scopes']),
    createdAt: created_at,
    rotatedAt: rotated_at,
    notBefore: not_before,
    expiresAt: expires_at,
    revokedAt: revoked_at,
    lastUsedAt: last_used_at,
  }
  return Object.fromEntries(
    Object.entries(record).filter(([, value]) => value !== null && value !== undefined),
  ) as unknown as ApiKeyRecord
}

const parsed = (text: unknown): unknown => (typeof text === 'string' ? JSON.parse(text) : text)
