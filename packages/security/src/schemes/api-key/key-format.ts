import { randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { Check } from '../../options.ts'

// A key is `<prefix>_<id>_<secret>_<checksum>`.

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

const idLength = 12
const secretLength = 32

/** A new id for a record. */
export const randomId = (): string => random(idLength)

/** A new key with a random secret. */
export function composeKey(prefix: string, id: string): string {
  const body = `${prefix}_${id}_${random(secretLength)}`
  return `${body}_${checksum(body)}`
}

/** What a key says of itself. */
export interface KeyParts {
  readonly prefix: string
  readonly id: string
}

// No other part contains `_`, so that the prefix may.
const form = /^(\w{1,32})_([0-9A-Za-z]{12})_[0-9A-Za-z]{32}_[0-9A-Za-z]{6}$/

/**
 * The parts of a key whose form and checksum are right; undefined for everything else, so that no
 * store is asked. No token of anybody else has this form, but for one in four billion.
 */
export function readKey(key: string): KeyParts | undefined {
  if (key.length > 128) return undefined
  const match = form.exec(key)
  if (!match || checksum(key.slice(0, -7)) !== key.slice(-6)) return undefined
  return { prefix: match[1] as string, id: match[2] as string }
}

/** Whether this looks like a key, though its checksum may be wrong: a key with a slip in it. */
export const looksLikeKey = (text: string): boolean => text.length <= 128 && form.test(text)

// Six digits are enough for a CRC-32: 62^6 > 2^32.
function checksum(text: string): string {
  let rest = crc32(text)
  let digits = ''
  for (let place = 0; place < 6; place++) {
    digits = alphabet.charAt(rest % 62) + digits
    rest = Math.floor(rest / 62)
  }
  return digits
}

function random(length: number): string {
  let text = ''
  while (text.length < length) {
    for (const byte of randomBytes(length)) {
      // 248 = 4 × 62: larger bytes would make some characters more likely.
      if (byte < 248 && text.length < length) text += alphabet.charAt(byte % 62)
    }
  }
  return text
}

export function prefixOption(check: Check, prefix: unknown): string {
  if (typeof prefix === 'string' && /^\w{1,32}$/.test(prefix)) return prefix
  throw check.error('prefix', '1 to 32 letters, digits and _', prefix)
}
