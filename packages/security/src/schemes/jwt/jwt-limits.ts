/** What bounds the tokens of all issuers. */
export interface JwtLimits {
  /**
   * How much clocks may differ, in milliseconds (integer, 0 to 60_000).
   *
   * @defaultValue 5_000
   */
  readonly clockToleranceMs?: number
  /**
   * Longest lifetime of a JWT, in milliseconds (integer, 1_000 to 31_536_000_000).
   *
   * @defaultValue 86_400_000 (a day)
   */
  readonly maxLifetimeMs?: number
  /**
   * Verified tokens remembered, until they expire or the keys change (integer, 0 to 1_000_000; 0:
   * none).
   *
   * @defaultValue 5_000
   */
  readonly cacheMax?: number
}

export const jwtLimitNames = ['clockToleranceMs', 'maxLifetimeMs', 'cacheMax'] as const
