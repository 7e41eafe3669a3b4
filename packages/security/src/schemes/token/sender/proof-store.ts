/**
 * Remembers the proofs of several instances together, so that none of them is accepted twice
 * (RFC 9449, section 11.1). If it throws, rejects or takes too long, the response is 503.
 */
export interface ProofStore {
  /**
   * Remembers a key for so long.
   *
   * @returns true if it was not remembered before. Both must be one atomic step.
   */
  add(key: string, ttlMs: number): boolean | Promise<boolean>
}
