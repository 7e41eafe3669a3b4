import type { IncomingMessage, ServerResponse } from 'node:http'
import { settled } from '@clew/internal/requests/callback'
import type { RequestPart } from '@clew/internal/requests/contract'
import { type Ignore, ignoredByDefault, ignoreOption } from '@clew/internal/requests/ignore'
import type { Middleware } from '@clew/internal/requests/middleware'
import { recordOf } from '@clew/internal/requests/record'
import { checkFor } from '../errors.ts'
import type { Attributes } from '../instruments/attributes.ts'
import {
  checkBoundaries,
  createDistribution,
  secondsBoundaries,
} from '../instruments/distribution.ts'
import { activeRequestsOf, observeActiveRequests } from './active-requests.ts'
import { reportCallback } from './callback.ts'
import { MeasuredRequest, type Measures } from './measured-request.ts'
import { methodLabels, standardMethods } from './methods.ts'

export interface HttpOptions {
  /**
   * Requests that are not measured: exact paths and patterns, or a function that is called when the
   * request begins.
   * @defaultValue /livez, /readyz, /startupz, /healthz, /metrics, /debug and everything below it
   */
  readonly ignore?: Ignore | undefined
  /**
   * Returns more labels; called when the response has ended. Keep their values few: each
   * combination is a series.
   * @defaultValue none
   */
  readonly attributes?: ((req: IncomingMessage, res: ServerResponse) => Attributes) | undefined
  /**
   * The methods that are told apart; others are `_OTHER`.
   * `OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS` wins.
   * @defaultValue CONNECT, DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT, QUERY, TRACE
   */
  readonly knownMethods?: readonly string[] | undefined
  /**
   * Upper bounds of the buckets, in seconds, ascending, at most 200.
   * @defaultValue those of the semantic conventions, 5 ms to 10 s
   */
  readonly boundaries?: readonly number[] | undefined
}

// Also marks the request, so that a second middleware does not measure it either.
const ignoredRequest: RequestPart = {}

/**
 * Creates middleware that measures each request: `http.server.request.duration` (seconds) and
 * `http.server.active_requests`, by the stable semantic conventions. Labels: method, scheme, route
 * template (never the path), status, `error.type`, and `api.service` and `api.method` where a
 * policy of `@clew/security` is bound. A second one on the same request passes straight through.
 * @throws TypeError `ERR_METRICS_OPTION`
 */
export function http(options: HttpOptions = {}): Middleware {
  const check = checkFor('http')
  const {
    ignore = ignoredByDefault,
    attributes,
    knownMethods = standardMethods,
    boundaries = secondsBoundaries,
  } = check.options('options', options, ['ignore', 'attributes', 'knownMethods', 'boundaries'])
  check.function('attributes', attributes)
  checkBoundaries(check, 'boundaries', boundaries)
  const isIgnored = guarded(ignoreOption(check, ignore))
  const methodOf = methodLabels(check.strings('knownMethods', knownMethods))
  const measures: Measures = {
    attributes,
    duration: createDistribution('http.server.request.duration', {
      description: 'Duration of HTTP server requests.',
      unit: 's',
      boundaries,
    }),
  }
  observeActiveRequests()

  function measure(req: IncomingMessage, res: ServerResponse): void {
    const record = recordOf(req)
    if (record.metrics !== undefined) return
    if (isIgnored(req)) {
      record.metrics = ignoredRequest
      return
    }
    const active = activeRequestsOf(methodOf(req.method), schemeOf(req))
    record.metrics = new MeasuredRequest(measures, active)
    record.watch(res, record.metrics)
  }

  return (req, res, next) => {
    try {
      measure(req, res)
    } catch {
      // Such as the socket of an HTTP/2 session that is gone: it costs the measurement only.
    }
    next()
  }
}

/** A function of the user that throws is reported, and its request is not measured. */
function guarded(ignore: (req: IncomingMessage) => boolean): (req: IncomingMessage) => boolean {
  return (req) => {
    try {
      return settled(ignore(req))
    } catch (error) {
      reportCallback('ignore', error)
      return true
    }
  }
}

/** Express's `protocol` follows its setting `trust proxy`; no header is read here. */
function schemeOf(req: IncomingMessage): 'http' | 'https' {
  const { socket, protocol } = req as IncomingMessage & { readonly protocol?: unknown }
  if ('encrypted' in socket && socket.encrypted) return 'https'
  return protocol === 'https' ? 'https' : 'http'
}
