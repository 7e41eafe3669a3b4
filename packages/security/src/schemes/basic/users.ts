import { randomBytes } from 'node:crypto'
import { show } from '@clew/internal/errors/show'
import type { Check } from '../../options.ts'
import { matches, type PasswordHash, readPhc } from './password.ts'

/** What is known of a user whose password was right. */
export interface BasicUser {
  /** @defaultValue the user name */
  readonly subject?: string
  /** @defaultValue none */
  readonly scopes?: readonly string[]
  /** @defaultValue none */
  readonly claims?: Readonly<Record<string, unknown>>
}

/** A user in the option `users`. */
export interface StoredUser extends BasicUser {
  /** A scrypt PHC string of `hashPassword`. */
  readonly password: string
}

/** True, or what is known of the user, if the password is right. */
export type Verify = (
  user: string,
  password: string,
  signal: AbortSignal,
) => Promise<boolean | BasicUser | undefined>

interface Entry {
  readonly hash: PasswordHash
  readonly known: BasicUser
}

const names = ['password', 'subject', 'scopes', 'claims'] as const

/** Reads the option `users`. */
export function usersOption(
  check: Check,
  users: Readonly<Record<string, string | StoredUser>>,
): Verify {
  const table = new Map<string, Entry>()
  for (const [user, value] of Object.entries(check.object('users', users))) {
    table.set(user.normalize('NFC'), readEntry(check, `users[${show(user)}]`, value))
  }
  if (table.size === 0) throw check.error('users', 'an object with at least one user', users)
  const hashes = hashesByCost([...table.values()].map(({ hash }) => hash))
  return async (user, password) => {
    const entry = table.get(user)
    let isRight = false
    // One hash of each cost, so that every user, known or not, takes equally long.
    for (const [cost, nobody] of hashes) {
      const isOwn = entry !== undefined && costOf(entry.hash) === cost
      const isEqual = await matches(password, isOwn ? entry.hash : nobody)
      isRight = (isOwn && isEqual) || isRight
    }
    return isRight ? entry?.known : undefined
  }
}

const costOf = ({ cost, blockSize, parallel }: PasswordHash): string =>
  `${cost},${blockSize},${parallel}`

/** For each cost that occurs, a hash that no password has. */
export function hashesByCost(hashes: readonly PasswordHash[]): ReadonlyMap<string, PasswordHash> {
  const nobody = new Map<string, PasswordHash>()
  for (const hash of hashes) {
    nobody.set(costOf(hash), {
      ...hash,
      salt: randomBytes(hash.salt.length),
      hash: randomBytes(hash.hash.length),
    })
  }
  return nobody
}

function readEntry(check: Check, option: string, value: string | StoredUser): Entry {
  if (typeof value === 'string') return { hash: readPhc(check, option, value), known: {} }
  if (typeof value !== 'object' || value === null) {
    throw check.secretError(option, 'a scrypt PHC string, or an object with one')
  }
  const { password, ...known } = check.options<StoredUser>(option, value, names)
  return { hash: readPhc(check, `${option}.password`, password), known }
}
