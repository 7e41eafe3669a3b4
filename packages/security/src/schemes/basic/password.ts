import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { type Check, optionCheck } from '../../options.ts'

/** How hard a password is to guess from its hash. */
export interface HashPasswordOptions {
  /**
   * Binary logarithm of scrypt's N (integer, 10 to 20); the memory is 2^cost KiB.
   *
   * @defaultValue 17
   */
  readonly cost?: number
}

export interface PasswordHash {
  readonly cost: number
  readonly blockSize: number
  readonly parallel: number
  readonly salt: Buffer
  readonly hash: Buffer
}

/**
 * A scrypt hash in PHC form: `$scrypt$ln=17,r=8,p=1$<salt>$<hash>`. The default is the first choice
 * of OWASP's password storage cheat sheet: 128 MiB and a few hundred milliseconds.
 *
 * @param password - normalised to Unicode NFC, 1 to 1024 bytes in UTF-8
 * @throws TypeError `ERR_SECURITY_OPTION` as a rejection
 */
export async function hashPassword(
  password: string,
  options: HashPasswordOptions = {},
): Promise<string> {
  const check = optionCheck('security.hashPassword')
  const { cost = 17 } = check.options('options', options, ['cost'])
  check.integer('cost', cost, { min: 10, max: 20 })
  const bytes = typeof password === 'string' ? Buffer.byteLength(password.normalize('NFC')) : 0
  if (bytes < 1 || bytes > 1024) {
    throw check.secretError('password', 'a string of 1 to 1024 bytes in UTF-8')
  }
  const salt = randomBytes(16)
  const hash = await derive(password, {
    cost,
    blockSize: 8,
    parallel: 1,
    salt,
    hash: Buffer.alloc(32),
  })
  return `$scrypt$ln=${cost},r=8,p=1$${base64(salt)}$${base64(hash)}`
}

/**
 * Whether a password belongs to a PHC string. A wrong password takes as long as the right one.
 *
 * @throws TypeError `ERR_SECURITY_OPTION` as a rejection
 */
export async function verifyPassword(password: string, phc: string): Promise<boolean> {
  const check = optionCheck('security.verifyPassword')
  if (typeof password !== 'string') throw check.secretError('password', 'a string')
  return matches(password, readPhc(check, 'phc', phc))
}

export async function matches(password: string, stored: PasswordHash): Promise<boolean> {
  return timingSafeEqual(await derive(password, stored), stored.hash)
}

const phcPattern =
  /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/

/** Reads a PHC string, which is a secret. */
export function readPhc(check: Check, option: string, phc: unknown): PasswordHash {
  const match = typeof phc === 'string' ? phcPattern.exec(phc) : null
  const [cost = 0, blockSize = 0, parallel = 0] = match?.slice(1, 4).map(Number) ?? []
  if (
    !match ||
    cost < 10 ||
    blockSize < 1 ||
    parallel < 1 ||
    // Checking a password must not take more than 1 GiB.
    128 * 2 ** cost * blockSize > 2 ** 30
  ) {
    throw check.secretError(
      option,
      'a scrypt PHC string ($scrypt$ln=…,r=…,p=…$salt$hash), as hashPassword makes it',
    )
  }
  const [salt, hash] = match.slice(4).map((text) => Buffer.from(text, 'base64'))
  return { cost, blockSize, parallel, salt: salt as Buffer, hash: hash as Buffer }
}

function derive(
  password: string,
  { cost, blockSize, parallel, salt, hash }: PasswordHash,
): Promise<Buffer> {
  const N = 2 ** cost
  const options = {
    N,
    r: blockSize,
    p: parallel,
    maxmem: 128 * N * blockSize + 128 * blockSize * parallel + 2 ** 20,
  }
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFC'), salt, hash.length, options, (error, key) =>
      error ? reject(error) : resolve(key),
    )
  })
}

const base64 = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '')
