import { createVerdicts } from '../../../limits/verdicts.ts'
import type { CryptoKey } from '../../jws/jose.ts'
import type { Proof } from './proof.ts'

/** Whether a proof is signed with the key in it. Rejects if jose cannot be loaded. */
export type VerifyProof = (proof: Proof) => Promise<boolean>

const maxKeys = 1_000
const keyMs = 3_600_000

/** A client signs all of its proofs with one key, which is imported once. */
export function createProofVerifier(): VerifyProof {
  const keys = createVerdicts<CryptoKey>(maxKeys)
  return async ({ text, alg, key, thumbprint }) => {
    const jose = await import('../../jws/jose.ts')
    const name = `${alg} ${thumbprint}`
    try {
      let imported = keys.get(name, Date.now())
      if (!imported) {
        imported = (await jose.importJWK({ ...key } as never, alg)) as CryptoKey
        keys.set(name, imported, Date.now() + keyMs)
      }
      await jose.compactVerify(text, imported, { algorithms: [alg] })
      return true
    } catch {
      // A proof can make the verifier throw anything.
      return false
    }
  }
}
