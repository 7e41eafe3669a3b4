import { SecurityError } from '../../errors.ts'
import { optionCheck } from '../../options.ts'
import { type ApiKeyRecord, earlierKeys, recordFault } from './record.ts'

/** Where the records of keys are. If it throws, or takes too long, the response is 503. */
export interface ApiKeyStore {
  get(
    id: string,
    context: { readonly signal: AbortSignal },
  ): ApiKeyRecord | undefined | Promise<ApiKeyRecord | undefined>
  /**
   * Notes that a key was used. Called at most once a minute for each key, after the request was let
   * in; nobody waits for it.
   */
  used?(id: string, at: Date): unknown
}

/** A store in which keys are managed, too. Made by `memoryApiKeys`, `postgresApiKeys` and `redisApiKeys`. */
export interface ApiKeyRepository extends ApiKeyStore {
  get(id: string): Promise<ApiKeyRecord | undefined>
  used(id: string, at: Date): Promise<void>
  /**
   * Stores the record of `issueApiKey`.
   *
   * @throws TypeError `ERR_SECURITY_OPTION` for something else
   * @throws SecurityError `ERR_SECURITY_KEY_EXISTS` if there is one with this id
   */
  insert(record: ApiKeyRecord): Promise<void>
  /**
   * Stores the record of `rotateApiKey` in place of the one that it was made from.
   *
   * @returns false if there is none, or if it was revoked or rotated in the meantime
   * @throws TypeError `ERR_SECURITY_OPTION` for something else
   */
  rotate(record: ApiKeyRecord): Promise<boolean>
  /** From now on the key is not accepted. @returns false if there is none, or it was revoked before */
  revoke(id: string): Promise<boolean>
  /** The records of an owner, the newest first, at most 1,000; also revoked and expired ones. */
  list(owner: string): Promise<readonly ApiKeyRecord[]>
}

export const maxListed = 1_000

/** Newest first. */
export const byAge = (a: ApiKeyRecord, b: ApiKeyRecord): number =>
  Date.parse(b.createdAt) - Date.parse(a.createdAt)

/** @param method - that is called: `insert` */
export function requireRecord(method: string, record: ApiKeyRecord): void {
  const fault = recordFault(record)
  if (fault === undefined) return
  // It may be a key by mistake.
  const expected = `a record that ${method === 'insert' ? 'issueApiKey' : 'rotateApiKey'} has made`
  throw optionCheck(`store.${method}`).secretError('record', `${expected} (${fault})`)
}

/** The hash of the key before the rotation, by which a store finds out whether it still has that. */
export function hashBefore(record: ApiKeyRecord): string {
  requireRecord('rotate', record)
  const [before] = earlierKeys(record)
  if (before) return before.hash
  const expected = 'a record that rotateApiKey has made (no earlier key)'
  throw optionCheck('store.rotate').secretError('record', expected)
}

export function keyExists(id: string): SecurityError {
  return new SecurityError(
    'ERR_SECURITY_KEY_EXISTS',
    `store.insert: record.id must be new; received ${id}, which is stored already`,
  )
}
