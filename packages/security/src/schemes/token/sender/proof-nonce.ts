import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/** Nonces for proofs (RFC 9449, section 9), which are stored nowhere. */
export interface Nonces {
  current(): string
  /** Whether it is the current one, or the one before. */
  isGood(nonce: unknown): boolean
}

const lifetimeMs = 150_000

/** @param secret - that instances share; undefined: one of its own */
export function createNonces(secret: Uint8Array = randomBytes(32)): Nonces {
  const nonceOf = (period: number): string =>
    createHmac('sha256', secret).update(`dpop-nonce ${period}`).digest('base64url')
  const period = () => Math.floor(Date.now() / lifetimeMs)
  return {
    current: () => nonceOf(period()),
    isGood(nonce) {
      if (typeof nonce !== 'string' || nonce.length !== 43) return false
      const now = period()
      const given = Buffer.from(nonce)
      if (given.length !== 43) return false
      return [now, now - 1].some((each) => timingSafeEqual(given, Buffer.from(nonceOf(each))))
    },
  }
}
