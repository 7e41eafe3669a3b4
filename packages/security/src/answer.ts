import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ChallengeError, Fault, Refusal, Scheme } from './scheme.ts'

/** Why a request is denied, on the way out. */
export type Denial = Fault | 'insecure' | 'no_policy'

interface Answer {
  readonly status: number
  readonly title: string
  readonly code: string
}

// Every fault of a credential looks the same from outside.
const answers: Readonly<Record<Denial, Answer>> = {
  absent: { status: 401, title: 'Unauthorized', code: 'unauthorized' },
  invalid: { status: 401, title: 'Unauthorized', code: 'unauthorized' },
  malformed: { status: 400, title: 'Bad Request', code: 'invalid_request' },
  forbidden: { status: 403, title: 'Forbidden', code: 'insufficient_scope' },
  insecure: { status: 403, title: 'Forbidden', code: 'https_required' },
  no_policy: { status: 403, title: 'Forbidden', code: 'forbidden' },
  limited: { status: 429, title: 'Too Many Requests', code: 'too_many_failures' },
  unavailable: { status: 503, title: 'Service Unavailable', code: 'unavailable' },
}

export const statusOf = (denial: Denial): number => answers[denial].status

/** The answer to a request that is not let in, for a framework to send. */
export interface Denied {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  /** JSON (RFC 9457); says no more than the status. */
  readonly body: string
}

export function denied(
  denial: Denial,
  more: {
    readonly challenges?: readonly string[]
    readonly retryAfter?: number | undefined
    /** The headers that the decision hangs on. */
    readonly vary?: string
  } = {},
): Denied {
  const { status, title, code } = answers[denial]
  const { challenges = [], retryAfter, vary } = more
  return {
    status,
    headers: {
      'Content-Type': 'application/problem+json',
      'Cache-Control': 'no-store',
      ...(vary ? { Vary: vary } : {}),
      ...(challenges.length > 0 ? { 'WWW-Authenticate': challenges } : {}),
      ...(retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) }),
    },
    body: JSON.stringify({ type: 'about:blank', title, status, code }),
  }
}

/** Writes it with Node's own response, so that headers set before (CORS, request id) stay. */
export function send(
  req: IncomingMessage,
  res: ServerResponse,
  { status, headers, body }: Denied,
): void {
  if (res.headersSent) {
    // Something has answered already; the connection must not carry on as if all were well.
    res.destroy()
    return
  }
  res.statusCode = status
  for (const [name, value] of Object.entries(headers)) {
    if (name === 'Vary') res.appendHeader(name, value)
    else res.setHeader(name, value)
  }
  res.setHeader('Content-Length', Buffer.byteLength(body))
  res.end(req.method === 'HEAD' ? undefined : body)
}

/** What stands in WWW-Authenticate: with 401 every way in, in the order of the policy; otherwise what concerns the fault. */
export function challengesOf(
  schemes: readonly Scheme[],
  refusals: readonly Refusal[],
  decisive: Refusal,
): readonly string[] {
  switch (decisive.fault) {
    case 'absent':
    case 'invalid':
      return schemes.map((scheme) => {
        const invalid = refusals.some(
          (one) => one.scheme === scheme.name && one.fault === 'invalid',
        )
        // RFC 6750, section 3.1: no error code for who has sent no credential.
        return scheme.internals.challenge(invalid ? { error: 'invalid_token' } : undefined)
      })
    case 'forbidden':
      return only(schemes, decisive, {
        error: 'insufficient_scope',
        scope: decisive.missing?.join(' ') ?? '',
      })
    case 'malformed':
      return only(schemes, decisive, { error: 'invalid_request' })
    case 'limited':
    case 'unavailable':
      return []
  }
}

function only(
  schemes: readonly Scheme[],
  { scheme }: Refusal,
  error: ChallengeError,
): readonly string[] {
  return schemes
    .filter((one) => one.name === scheme && one.type === 'jwt')
    .map((one) => one.internals.challenge(error))
}
