import { hash } from 'node:crypto'
import type { Reporter } from '@clew/internal/reports/reporter'
import type { MaybePromise } from '../../../policy/maybe-promise.ts'
import { createRefuse, type Refusal } from '../../../policy/outcome.ts'
import type { RequestLike } from '../../../policy/request.ts'
import type { Attempt } from '../../../policy/scheme.ts'
import type { TokenPrincipal } from '../token-principal.ts'
import { createDpop } from './dpop.ts'
import type { DpopSettings } from './dpop-options.ts'

/** Checks that a token is sent by whom it was issued to. */
export interface Sender {
  /** Undefined if it is, or if whoever has the token may send it. */
  check(attempt: Attempt, presented: Presented): MaybePromise<Refusal | undefined>
}

/** A token that is right, with the scheme of the header that it is in. */
export interface Presented {
  readonly token: string
  readonly isDpop: boolean
  readonly principal: TokenPrincipal
}

interface Settings {
  readonly dpop: DpopSettings | undefined
  readonly mtls: 'accepted' | 'required' | undefined
}

/** @param scheme - its name */
export function createSender(
  scheme: string,
  { dpop: dpopSettings, mtls }: Settings,
  reporter: Reporter,
): Sender {
  const refuse = createRefuse(scheme)
  const dpop = dpopSettings && createDpop(dpopSettings, refuse, reporter)
  const isBindingRequired = dpopSettings?.required === true || mtls === 'required'

  /** RFC 8705, section 3: the connection has proved the key; whoever signed the certificate. */
  function certificateFault({ socket }: RequestLike, thumbprint: string): string | undefined {
    const certificate = socket.getPeerX509Certificate?.()
    if (certificate === undefined) return 'no_certificate'
    const found = hash('sha256', certificate.raw, 'base64url')
    return found === thumbprint ? undefined : 'other_certificate'
  }

  return {
    check(attempt, { token, isDpop, principal: { claims } }) {
      if (!Object.hasOwn(claims, 'cnf')) {
        return isDpop || isBindingRequired ? refuse('invalid', 'unbound_token') : undefined
      }
      const { jkt, x5t } = bindingOf(claims['cnf'])
      // Bound in a way that cannot be checked here: whoever has stolen it could use it.
      if (jkt === undefined && x5t === undefined) return refuse('invalid', 'bound_token')
      if (x5t !== undefined) {
        if (mtls === undefined) return refuse('invalid', 'bound_token')
        const fault = certificateFault(attempt.req, x5t)
        if (fault) return refuse('invalid', fault)
      } else if (mtls === 'required') return refuse('invalid', 'unbound_token')
      if (jkt === undefined) {
        const isUnbound = isDpop || dpopSettings?.required === true
        return isUnbound ? refuse('invalid', 'unbound_token') : undefined
      }
      // RFC 9449, section 7.1: as a bearer token it would need no proof.
      if (!dpop || !isDpop) return refuse('invalid', 'bound_token')
      return dpop.check(attempt, token, jkt)
    },
  }
}

/** The confirmation methods (RFC 7800) that can be checked: RFC 9449, section 6; RFC 8705, 3.1. */
function bindingOf(cnf: unknown): { jkt?: string; x5t?: string } {
  if (typeof cnf !== 'object' || cnf === null) return {}
  const { jkt, 'x5t#S256': x5t } = cnf as Record<string, unknown>
  return {
    ...(typeof jkt === 'string' ? { jkt } : {}),
    ...(typeof x5t === 'string' ? { x5t } : {}),
  }
}
