import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Attributes, type Labels, labelsOf } from './attributes.ts'
import { badOption } from './errors.ts'
import { errorTypeOf, labelled, SECONDS } from './histogram.ts'
import { METHODS, knownMethods as tellApart } from './method.ts'
import { observableUpDownCounter } from './observables.ts'
import { operationOf } from './operation.ts'
import { reasonOf } from './reports.ts'
import { routeOf } from './route.ts'
import { state } from './state.ts'

/** `(req, res, next)` on Node's own types: node:http, Express, Connect, Nest, and Fastify's hooks. */
export type Middleware = (
  req: IncomingMessage,
  res: ServerResponse,
  next: (error?: unknown) => void,
) => void

export interface HttpOptions {
  /**
   * Requests that are not measured: an exact path, a pattern, or a function, asked when the request begins.
   * @defaultValue /livez, /readyz, /startupz, /healthz, /metrics, and /debug with all below it
   */
  readonly ignore?: readonly (string | RegExp)[] | ((req: IncomingMessage) => boolean)
  /** More labels, asked when the response has ended. Keep them few: each combination is a series. @defaultValue none */
  readonly attributes?: (req: IncomingMessage, res: ServerResponse) => Attributes
  /**
   * The methods that are told apart; others are `_OTHER`. `OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS` wins.
   * @defaultValue CONNECT, DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT, QUERY, TRACE
   */
  readonly knownMethods?: readonly string[]
  /** Upper bounds of the buckets, in seconds. @defaultValue those of the semantic conventions, 5 ms to 10 s */
  readonly boundaries?: readonly number[]
}

const ignoredByDefault: readonly (string | RegExp)[] = [
  '/livez',
  '/readyz',
  '/startupz',
  '/healthz',
  '/metrics',
  /^\/debug(?:\/|$)/,
]

const measuredKey = Symbol.for('@clew/metrics/request/v1')

interface Measured extends IncomingMessage {
  [measuredKey]?: true
}

/**
 * Middleware that measures each request: `http.server.request.duration` (seconds) and `http.server.active_requests`, by the stable
 * semantic conventions. Labels: method, scheme, route template (never the path), status, `error.type`, and `api.service` and `api.method`
 * where a policy of `@clew/security` is bound. A second one on the same request passes straight through.
 * @throws TypeError `ERR_METRICS_OPTION`
 */
export function http(options: HttpOptions = {}): Middleware {
  const { attributes, knownMethods = METHODS, boundaries = SECONDS } = options
  if (attributes !== undefined && typeof attributes !== 'function') {
    throw badOption('attributes', 'a function', attributes)
  }
  const ignores = matcher(options.ignore ?? ignoredByDefault)
  if (!Array.isArray(knownMethods) || knownMethods.some((method) => typeof method !== 'string')) {
    throw badOption('knownMethods', 'an array of strings', knownMethods)
  }
  const methodOf = tellApart(knownMethods)
  const duration = labelled('http.server.request.duration', {
    description: 'Duration of HTTP server requests.',
    unit: 's',
    boundaries,
  })
  observeActive()

  function measure(req: Measured, res: ServerResponse): void {
    if (req[measuredKey]) return
    req[measuredKey] = true
    if (ignores(req)) return
    const start = performance.now()
    const method = methodOf(req.method)
    const scheme = schemeOf(req)
    const active = activeOf(method, scheme)
    active.count++
    res.once('close', () => {
      const seconds = (performance.now() - start) / 1000
      active.count--
      const labels: Labels = { 'http.request.method': method, 'url.scheme': scheme }
      const route = routeOf(req)
      if (route !== undefined) labels['http.route'] = route
      if (res.headersSent) labels['http.response.status_code'] = res.statusCode
      const errorType = errorOf(res)
      if (errorType !== undefined) labels['error.type'] = errorType
      const operation = operationOf(req)
      if (operation.service !== undefined) labels['api.service'] = operation.service
      if (operation.method !== undefined) labels['api.method'] = operation.method
      if (attributes) Object.assign(labels, labelsOf(safely(attributes, req, res)))
      duration(seconds, labels)
    })
  }

  return (req, res, next) => {
    try {
      measure(req, res)
    } catch (error) {
      troubled('ignore', error)
    }
    next()
  }
}

/** A plain number for each method and scheme, told when it is asked for: two measurements a request would cost more than the duration. */
function activeOf(method: string, scheme: string): { count: number } {
  const { active } = state()
  const key = `${method} ${scheme}`
  let entry = active.get(key)
  if (entry === undefined) {
    entry = { method, scheme, count: 0 }
    active.set(key, entry)
  }
  return entry
}

function observeActive(): void {
  const shared = state()
  if (shared.activeObserved) return
  shared.activeObserved = true
  observableUpDownCounter(
    'http.server.active_requests',
    (observe) => {
      for (const { method, scheme, count } of shared.active.values()) {
        observe(count, { 'http.request.method': method, 'url.scheme': scheme })
      }
    },
    { description: 'Number of active HTTP server requests.', unit: '{request}' },
  )
}

function matcher(ignore: NonNullable<HttpOptions['ignore']>): (req: IncomingMessage) => boolean {
  if (typeof ignore === 'function') return ignore
  if (!Array.isArray(ignore)) throw badOption('ignore', 'an array or a function', ignore)
  const exact = new Set(ignore.filter((entry) => typeof entry === 'string'))
  const patterns = ignore.filter((entry): entry is RegExp => typeof entry !== 'string')
  return (req) => {
    const path = pathOf(req)
    return exact.has(path) || patterns.some((pattern) => pattern.test(path))
  }
}

/** The path as the client asked for it: Express cuts the mount path off `req.url`. */
function pathOf(req: IncomingMessage & { readonly originalUrl?: unknown }): string {
  const target = typeof req.originalUrl === 'string' ? req.originalUrl : (req.url ?? '/')
  const at = target.indexOf('?')
  return at < 0 ? target : target.slice(0, at)
}

function safely(
  attributes: NonNullable<HttpOptions['attributes']>,
  req: IncomingMessage,
  res: ServerResponse,
): Attributes {
  try {
    return attributes(req, res)
  } catch (error) {
    troubled('attributes', error)
    return {}
  }
}

/** A function of the caller's that throws costs the measurement, not the request. */
function troubled(option: string, error: unknown): void {
  const reason = reasonOf(error)
  state().once?.(`http ${option}`, {
    type: 'metrics.callback_failed',
    level: 'warn',
    message: `the option ${option} of metrics.http threw: ${reason}`,
    fields: { option, reason },
  })
}

/** Express' `protocol` follows its `trust proxy`; nothing else is asked what a proxy said. */
function schemeOf(req: IncomingMessage & { readonly protocol?: unknown }): 'http' | 'https' {
  if ('encrypted' in req.socket && req.socket.encrypted) return 'https'
  return req.protocol === 'https' ? 'https' : 'http'
}

function errorOf(res: ServerResponse): string | undefined {
  if (res.headersSent && res.statusCode >= 500) return String(res.statusCode)
  if (res.errored) return errorTypeOf(res.errored)
  // The client left before it got an answer.
  return res.headersSent ? undefined : 'aborted'
}
