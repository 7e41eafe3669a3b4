import type { IncomingMessage } from 'node:http'
import { networksOption } from '@clew/internal/network/networks'
import { type Ignore, ignoredByDefault, ignoreOption } from '@clew/internal/requests/ignore'
import type { Middleware } from '@clew/internal/requests/middleware'
import { recordOf } from '@clew/internal/requests/record'
import { routeOf } from '@clew/internal/requests/route'
import { targetOf } from '@clew/internal/requests/target'
import type { Attributes, Context, Link, Span } from '@opentelemetry/api'
import { activeContext, suppressedContext } from '../context/active.ts'
import { guarded, reportCallback } from '../context/callback.ts'
import { rootContext } from '../context/root.ts'
import { parentOf, spanOf, withSpan } from '../context/span-context.ts'
import { spanKind, startSpan } from '../context/tracer.ts'
import { optionCheck } from '../errors.ts'
import { headersGetter } from '../propagation/carrier.ts'
import { extractFrom } from '../propagation/propagator.ts'
import * as semconv from '../semconv.ts'
import { foreignServerSpan, nameOf as nameOfScope, reportForeign } from './foreign.ts'
import { ForeignSpan } from './foreign-span.ts'
import { knownMethod, nameOf } from './method.ts'
import { originOf } from './origin.ts'
import { redactedQuery } from './query.ts'
import { describeRequest } from './request-attributes.ts'
import { runRequest } from './request-context.ts'
import { ServerSpan, unrecorded } from './server-span.ts'

export interface HttpOptions {
  /**
   * Whether callers are not trusted: their `traceparent` becomes a link of a new trace, which is
   * sampled here, and their baggage is ignored. A function decides for each request.
   * @defaultValue false: the trace of a caller is continued, with the caller's sampling decision
   */
  readonly publicEndpoint?: boolean | ((req: IncomingMessage) => boolean) | undefined
  /**
   * Requests that are not traced, including everything they do: exact paths, patterns, or a
   * function.
   * @defaultValue /livez, /readyz, /startupz, /healthz, /metrics, and /debug with all below it
   */
  readonly ignore?: Ignore | undefined
  /**
   * Addresses and networks (`10.0.0.0/8`) of proxies whose `X-Forwarded-For` and
   * `X-Forwarded-Proto` are believed.
   * @defaultValue none
   */
  readonly trustedProxies?: readonly string[] | undefined
  /**
   * Names of query parameters whose values are redacted, in addition to the usual names of
   * credentials.
   * @defaultValue none
   */
  readonly redactQuery?: readonly string[] | undefined
  /**
   * Returns further attributes of the span when a request comes in. Not called for requests that
   * are not sampled.
   * @defaultValue none
   */
  readonly attributes?: ((req: IncomingMessage) => Attributes) | undefined
}

const optionNames = [
  'publicEndpoint',
  'ignore',
  'trustedProxies',
  'redactQuery',
  'attributes',
] as const

/**
 * Opens the server span of each request and runs the rest of the request inside it. The span ends
 * with the response, and then gets the status, the route template (`/orders/:id`, never a path) and
 * the operation of the security policy. A second `http()` on the same request does nothing. Where
 * another instrumentation has opened the server span, that one gets route, operation and exception.
 *
 * @throws TypeError `ERR_TRACE_OPTION`
 */
export function http(options: HttpOptions = {}): Middleware {
  const check = optionCheck('http')
  const {
    publicEndpoint = false,
    ignore = ignoredByDefault,
    trustedProxies = [],
    redactQuery = [],
    attributes,
  } = check.options('options', options, optionNames)
  if (typeof publicEndpoint !== 'boolean' && typeof publicEndpoint !== 'function') {
    throw check.error('publicEndpoint', 'true, false or a function', publicEndpoint)
  }
  // A caller that cannot be judged is a stranger; a request that cannot be judged is traced.
  const isPublic =
    typeof publicEndpoint === 'function'
      ? guarded('publicEndpoint of trace.http', publicEndpoint, true)
      : () => publicEndpoint
  const isIgnored = guarded('ignore of trace.http', ignoreOption(check, ignore), false)
  const proxies = networksOption(check, 'trustedProxies', trustedProxies)
  const redactedNames = new Set(
    check.strings('redactQuery', redactQuery).map((name) => name.toLowerCase()),
  )
  check.function('attributes', attributes)
  const attributesOf = attributes && guarded('attributes of trace.http', attributes, {})

  function open(req: IncomingMessage): { readonly span: Span; readonly inside: Context } {
    const target = targetOf(req)
    const at = target.indexOf('?')
    const method = req.method ?? 'GET'
    const known = knownMethod(method)
    const origin = originOf(req, proxies)
    // From the root context: if `listen` was called in a span, every request would be its child.
    const caller = extractFrom(rootContext, req.headers, headersGetter)
    const links: Link[] = []
    let parent = caller
    if (isPublic(req)) {
      const remote = parentOf(caller)
      if (remote !== undefined) links.push({ context: remote })
      parent = rootContext
    }
    // What a sampler may need; the other attributes are for spans that are recorded.
    const samplerAttributes: Attributes = {
      [semconv.httpRequestMethod]: known,
      [semconv.urlScheme]: origin.scheme,
    }
    // `*` and the authority of CONNECT are no paths.
    if (target.startsWith('/')) {
      samplerAttributes[semconv.urlPath] = at < 0 ? target : target.slice(0, at)
    }
    const route = routeOf(req)
    if (route !== undefined) samplerAttributes[semconv.httpRoute] = route
    const span = startSpan(
      nameOf(known),
      { kind: spanKind.server, attributes: samplerAttributes, links },
      parent,
    )
    if (span.isRecording()) {
      if (known !== method) span.setAttribute(semconv.httpRequestMethodOriginal, method)
      if (at >= 0 && at < target.length - 1) {
        const query = redactedQuery(target.slice(at + 1), redactedNames)
        span.setAttribute(semconv.urlQuery, query)
      }
      describeRequest(span, req, origin)
      const given = attributesOf?.(req)
      if (given) span.setAttributes(given)
    }
    return { span, inside: withSpan(parent, span) }
  }

  return (req, res, next) => {
    const record = recordOf(req)
    if (record.trace !== undefined) {
      next()
      return
    }
    const foreign = foreignServerSpan(spanOf(activeContext()))
    if (foreign !== undefined) {
      // One is enough.
      reportForeign(nameOfScope(foreign), 'incoming requests')
      record.trace = new ForeignSpan(foreign)
      try {
        record.watch(res, record.trace)
      } catch (error) {
        reportCallback('trace.http', error)
      }
      next()
      return
    }
    record.trace = unrecorded
    if (isIgnored(req)) {
      runRequest(record, suppressedContext, next)
      return
    }
    let opened: ReturnType<typeof open>
    try {
      opened = open(req)
    } catch (error) {
      // Such as the socket of an HTTP/2 session that is gone, or attributes with a getter that throws.
      reportCallback('trace.http', error)
      next()
      return
    }
    const { span, inside } = opened
    if (!span.isRecording()) {
      runRequest(record, inside, next)
      return
    }
    const serverSpan = new ServerSpan(span)
    record.trace = serverSpan
    record.watch(res, serverSpan)
    try {
      runRequest(record, inside, next)
    } catch (error) {
      serverSpan.threw(error)
      throw error
    }
  }
}
