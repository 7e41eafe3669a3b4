import { hash } from 'node:crypto'
import type { Reporter } from '@clew/internal/reports/reporter'
import { deadline } from '../../../limits/deadline.ts'
import { type Refusal, type Refuse, refuseNoPlace } from '../../../policy/outcome.ts'
import { isPlace } from '../../../policy/place.ts'
import type { Attempt } from '../../../policy/scheme.ts'
import { singleHeader } from '../../authorization.ts'
import type { DpopSettings } from './dpop-options.ts'
import { type Proof, readProof } from './proof.ts'
import { createProofMemory } from './proof-memory.ts'
import { createNonces } from './proof-nonce.ts'
import { createProofVerifier } from './proof-signature.ts'
import { isUrlOf } from './proof-url.ts'

/** Checks the proof of a request (RFC 9449, section 4.3). */
export interface Dpop {
  /** Undefined if it is right. @param thumbprint - of the key that the token is bound to */
  check(attempt: Attempt, token: string, thumbprint: string): Promise<Refusal | undefined>
}

interface Checked {
  readonly token: string
  readonly result: Promise<Refusal | undefined>
}

export function createDpop(settings: DpopSettings, refuse: Refuse, reporter: Reporter): Dpop {
  const { algorithms, publicUrls, maxAge, tolerance, store, storeTimeoutMs } = settings
  const nonces =
    settings.nonce && createNonces(settings.nonce === true ? undefined : settings.nonce)
  const memory = createProofMemory(settings.maxProofs, maxAge + tolerance)
  const verify = createProofVerifier()
  // A request meets several policies, or guards, with one proof.
  const checkedRequests = new WeakMap<object, Checked>()
  let reportedMs = Number.NEGATIVE_INFINITY

  const wrong = (reason: string): Refusal =>
    refuse('invalid', reason, { error: 'invalid_dpop_proof' })

  /** What is wrong with a proof whose signature does not matter yet. */
  function faultOf({ req }: Attempt, proof: Proof, token: string): string | undefined {
    const now = Date.now() / 1000
    if (proof.method !== req.method) return 'proof_method'
    if (!isUrlOf(req, proof.url, publicUrls)) return 'proof_url'
    if (proof.issuedAt > now + tolerance) return 'proof_from_future'
    if (proof.issuedAt < now - maxAge) return 'proof_too_old'
    return proof.tokenHash === hash('sha256', token, 'base64url') ? undefined : 'proof_token'
  }

  async function checkProof(
    attempt: Attempt,
    token: string,
    thumbprint: string,
  ): Promise<Refusal | undefined> {
    const header = singleHeader(attempt.req, 'dpop')
    if (header.kind === 'absent') return wrong('no_proof')
    if (header.kind === 'malformed') return wrong('several_proofs')
    const proof = readProof(header.value, algorithms)
    if (typeof proof === 'string') return wrong(proof)
    if (proof.thumbprint !== thumbprint) return refuse('invalid', 'proof_of_other_key')
    const fault = faultOf(attempt, proof, token)
    if (fault) return wrong(fault)
    if (nonces && !nonces.isGood(proof.nonce)) {
      return refuse('invalid', 'proof_nonce', {
        error: 'use_dpop_nonce',
        headers: { 'DPoP-Nonce': nonces.current() },
      })
    }
    const place = await attempt.reserve()
    if (!isPlace(place)) return refuseNoPlace(refuse, place)
    const isSigned = await verify(proof)
    place.settle(!isSigned)
    return isSigned ? remember(proof) : wrong('proof_signature')
  }

  async function remember({ thumbprint, jti, issuedAt }: Proof): Promise<Refusal | undefined> {
    const key = hash('sha256', `${thumbprint} ${jti}`, 'base64url')
    const now = Date.now() / 1000
    if (!store) {
      const found = memory.add(key, issuedAt, now)
      reportForgotten()
      if (found === 'new') return undefined
      return wrong(found === 'seen' ? 'proof_replayed' : 'proof_too_old')
    }
    const signal = AbortSignal.timeout(storeTimeoutMs)
    const ttlMs = Math.ceil((issuedAt + maxAge + tolerance - now) * 1000)
    try {
      const isNew = await deadline(async () => store.add(key, ttlMs), signal)
      return isNew === true ? undefined : wrong('proof_replayed')
    } catch {
      const reason = signal.aborted ? 'proof_store_timed_out' : 'proof_store_failed'
      return refuse('unavailable', reason, { retryAfter: 5 })
    }
  }

  function reportForgotten(): void {
    const { forgotten } = memory
    if (forgotten === 0 || performance.now() - reportedMs <= 60_000) return
    reportedMs = performance.now()
    reporter.report({
      type: 'security.proofs_full',
      level: 'warn',
      message: 'too many DPoP proofs to remember; the oldest are forgotten, and refused',
      fields: { maxProofs: settings.maxProofs, forgotten },
    })
  }

  return {
    check(attempt, token, thumbprint) {
      const { source } = attempt.req
      const request = source instanceof Request ? source : attempt.req
      const checked = checkedRequests.get(request)
      if (checked?.token === token) return checked.result
      const result = checkProof(attempt, token, thumbprint).catch(() =>
        refuse('unavailable', 'proof_failed', { retryAfter: 5 }),
      )
      checkedRequests.set(request, { token, result })
      return result
    },
  }
}
