import type { ApiKeyRecord } from '../record.ts'
import {
  type ApiKeyRepository,
  byAge,
  hashBefore,
  keyExists,
  maxListed,
  requireRecord,
} from '../store.ts'

/**
 * Records in the memory of the process, for tests, and for services that load them at the start.
 *
 * @param records - those that are there from the beginning
 * @throws TypeError `ERR_SECURITY_OPTION` for something else
 */
export function memoryApiKeys(records: readonly ApiKeyRecord[] = []): ApiKeyRepository {
  const table = new Map<string, ApiKeyRecord>()
  const add = (record: ApiKeyRecord): void => {
    requireRecord('insert', record)
    if (table.has(record.id)) throw keyExists(record.id)
    table.set(record.id, structuredClone(record))
  }
  for (const record of records) add(record)
  return {
    get: async (id) => table.get(id),
    async used(id, at) {
      const record = table.get(id)
      const lastUsedAt = at.toISOString()
      // Never backwards.
      if (record && (record.lastUsedAt ?? '') < lastUsedAt) table.set(id, { ...record, lastUsedAt })
    },
    async insert(record) {
      add(record)
    },
    async rotate(record) {
      const before = hashBefore(record)
      const { id } = record
      const found = table.get(id)
      if (!found || found.revokedAt || found.hash !== before) return false
      table.set(id, { ...structuredClone(record), lastUsedAt: found.lastUsedAt ?? null })
      return true
    },
    async revoke(id) {
      const record = table.get(id)
      if (!record || record.revokedAt) return false
      table.set(id, { ...record, revokedAt: new Date().toISOString() })
      return true
    },
    list: async (owner) =>
      [...table.values()]
        .filter((record) => record.owner === owner)
        .sort(byAge)
        .slice(0, maxListed),
  }
}
