import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Fault } from '../policy/outcome.ts'

/** Why a request is denied. */
export type Denial = Fault | 'insecure' | 'no_policy' | 'rate_limited'

/** What to do where a proxy terminates TLS. */
export const proxyHint =
  'If a proxy in front of the service terminates TLS, name it in the option trustedProxies.'

/** What problem details say. */
export interface Problem {
  readonly status: number
  readonly title: string
  readonly code: string
  readonly detail?: string
  readonly [member: string]: unknown
}

// Whatever is wrong with a credential, the client sees the same response.
const answers: Readonly<Record<Denial, Problem>> = {
  absent: { status: 401, title: 'Unauthorized', code: 'unauthorized' },
  invalid: { status: 401, title: 'Unauthorized', code: 'unauthorized' },
  malformed: { status: 400, title: 'Bad Request', code: 'invalid_request' },
  forbidden: { status: 403, title: 'Forbidden', code: 'insufficient_scope' },
  cross_site: { status: 403, title: 'Forbidden', code: 'cross_site' },
  insecure: {
    status: 403,
    title: 'Forbidden',
    code: 'https_required',
    // The first thing that goes wrong behind a proxy; it gives nothing away.
    detail: `This needs TLS. ${proxyHint}`,
  },
  no_policy: { status: 403, title: 'Forbidden', code: 'forbidden' },
  limited: { status: 429, title: 'Too Many Requests', code: 'too_many_failures' },
  rate_limited: { status: 429, title: 'Too Many Requests', code: 'rate_limited' },
  unavailable: { status: 503, title: 'Service Unavailable', code: 'unavailable' },
}

export const statusOf = (denial: Denial): number => answers[denial].status

/** The response to a request that is not let in, for a framework to send. */
export interface Denied {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  /** Problem details in JSON (RFC 9457), without more than the status says. */
  readonly body: string
}

export function denied(
  denial: Denial,
  more: {
    readonly challenges?: readonly string[]
    readonly retryAfter?: number | undefined
    /** Strict-Transport-Security */
    readonly hsts?: string | undefined
    /** The request headers that the decision depends on. */
    readonly vary?: string
    readonly headers?: Readonly<Record<string, string>> | undefined
  } = {},
): Denied {
  const { challenges = [], retryAfter, vary, hsts, headers } = more
  return problem(answers[denial], {
    ...headers,
    ...(vary ? { Vary: vary } : {}),
    ...(challenges.length > 0 ? { 'WWW-Authenticate': challenges } : {}),
    ...(retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) }),
    ...(hsts === undefined ? {} : { 'Strict-Transport-Security': hsts }),
  })
}

/** Problem details (RFC 9457) with further headers. Members beyond `detail` follow it. */
export function problem(
  { status, title, code, detail, ...members }: Problem,
  headers: Denied['headers'] = {},
): Denied {
  return {
    status,
    headers: {
      'Content-Type': 'application/problem+json',
      'Cache-Control': 'no-store',
      ...headers,
    },
    body: JSON.stringify({ type: 'about:blank', title, status, code, detail, ...members }),
  }
}

/** Sends it through Node's own response, so that headers set before (CORS, request id) stay. */
export function send(
  req: IncomingMessage,
  res: ServerResponse,
  { status, headers, body }: Denied,
): void {
  if (res.headersSent) {
    // Something else has answered already. A broken connection cannot be taken for a success.
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

/** A denial as a response of fetch. */
export function responseOf({ status, headers: fields, body }: Denied, method: string): Response {
  const headers = new Headers()
  for (const [name, values] of Object.entries(fields)) {
    for (const value of [values].flat()) headers.append(name, value)
  }
  return new Response(method === 'HEAD' ? null : body, { status, headers })
}
