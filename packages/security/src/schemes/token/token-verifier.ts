import type { MaybePromise } from '../../policy/maybe-promise.ts'
import type { Refusal } from '../../policy/outcome.ts'
import type { Attempt } from '../../policy/scheme.ts'
import type { TokenPrincipal } from './token-principal.ts'

/** Finds out whom a token is for. */
export interface TokenVerifier {
  /** Of a token that was verified before, as long as that holds. */
  known(key: string): TokenPrincipal | undefined
  /**
   * Never rejects.
   *
   * @param key - what the token is remembered under: its hash
   */
  verify(token: string, key: string, attempt: Attempt): MaybePromise<TokenPrincipal | Refusal>
  shutdown(): Promise<void>
}
