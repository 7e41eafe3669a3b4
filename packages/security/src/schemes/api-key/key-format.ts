import { randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'

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

/**
 * The id of a key whose form and checksum are right; undefined for everything else, so that no
 * store is asked.
 */
export function keyId(key: string): string | undefined {
  if (key.length > 128) return undefined
  const match = /^\w{1,32}_([0-9A-Za-z]{12})_[0-9A-Za-z]{32}_[0-9A-Za-z]{6}$/.exec(key)
  return match && checksum(key.slice(0, -7)) === key.slice(-6) ? match[1] : undefined
}

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
