import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Attributes, Context, Link, Span } from '@opentelemetry/api'
import { originReader } from './address.ts'
import {
  activeContext,
  currentTracer,
  extractFrom,
  KIND,
  parentOf,
  runIn,
  STATUS_ERROR,
  spanOf,
  withSpan,
} from './api.ts'
import { headersGetter } from './carrier.ts'
import { bindEmitter, ROOT, suppressed } from './context.ts'
import { badOption } from './errors.ts'
import { operationOf } from './operation.ts'
import { routeOf } from './route.ts'
import * as semconv from './semconv.ts'
import { recordError } from './span.ts'
import { redactedQuery } from './url.ts'

/** `(req, res, next)` on Node's own types: node:http, Express, Connect, Nest, and Fastify's hooks. */
export type Middleware = (
  req: IncomingMessage,
  res: ServerResponse,
  next: (error?: unknown) => void,
) => void

export interface HttpOptions {
  /**
   * Callers are strangers: their `traceparent` becomes a link of a new trace that we sample, and their baggage is ignored. A function
   * decides for each request. @defaultValue false: a caller's trace is continued, with its decision to sample
   */
  readonly publicEndpoint?: boolean | ((req: IncomingMessage) => boolean)
  /**
   * Requests that are not traced, nor what they do: an exact path, a pattern, or a function.
   * @defaultValue /livez, /readyz, /startupz, /healthz, /metrics, and /debug with all below it
   */
  readonly ignore?: readonly (string | RegExp)[] | ((req: IncomingMessage) => boolean)
  /** Addresses and networks (`10.0.0.0/8`) of proxies whose `X-Forwarded-For` and `-Proto` are believed. @defaultValue none */
  readonly trustedProxies?: readonly string[]
  /** Names of query parameters whose values are replaced, besides the usual ones for credentials. @defaultValue none */
  readonly redactQuery?: readonly string[]
  /** More attributes for the span, when the request comes in. Not called for requests that are not sampled. @defaultValue none */
  readonly attributes?: (req: IncomingMessage) => Attributes
}

const ignoredByDefault: readonly (string | RegExp)[] = [
  '/livez',
  '/readyz',
  '/startupz',
  '/healthz',
  '/metrics',
  /^\/debug(?:\/|$)/,
]

const openedKey = Symbol.for('@clew/trace/request/v1')

/**
 * Opens the server span of each request and runs the rest of it inside. The span ends with the response, with status, route template
 * (`/orders/:id`, never a path) and the operation of the security policy. A second `http()` on the same request passes through.
 */
export function http(options: HttpOptions = {}): Middleware {
  const { publicEndpoint = false, trustedProxies = [], redactQuery = [], attributes } = options
  if (typeof publicEndpoint !== 'boolean' && typeof publicEndpoint !== 'function') {
    throw badOption('publicEndpoint', 'a boolean or a function', publicEndpoint)
  }
  if (attributes !== undefined && typeof attributes !== 'function') {
    throw badOption('attributes', 'a function', attributes)
  }
  const ignores = matcher(options.ignore ?? ignoredByDefault)
  const originOf = originReader(trustedProxies)
  const secrets = new Set(redactQuery.map((name) => name.toLowerCase()))
  const isPublic = typeof publicEndpoint === 'function' ? publicEndpoint : () => publicEndpoint

  function begin(
    req: IncomingMessage,
    path: string,
    query: string,
  ): { span: Span; inside: Context } {
    const method = req.method ?? 'GET'
    const known = semconv.knownMethod(method)
    const { client, scheme } = originOf(req)
    // Nothing is inherited from the active context: where `listen` was called in a span, every request would be its child.
    const caller = extractFrom(ROOT, req.headers, headersGetter)
    const links: Link[] = []
    let parent = caller
    if (isPublic(req)) {
      const remote = parentOf(caller)
      if (remote !== undefined) links.push({ context: remote })
      parent = ROOT
    }
    // What a sampler may want to know; the rest is for those that are recorded.
    const asked: Attributes = {
      [semconv.HTTP_REQUEST_METHOD]: known,
      [semconv.URL_PATH]: path,
      [semconv.URL_SCHEME]: scheme,
    }
    const route = routeOf(req)
    if (route !== undefined) asked[semconv.HTTP_ROUTE] = route
    const span = currentTracer().startSpan(
      nameOf(known),
      { kind: KIND.server, attributes: asked, links },
      parent,
    )
    if (span.isRecording()) {
      if (known !== method) span.setAttribute(semconv.HTTP_REQUEST_METHOD_ORIGINAL, method)
      if (query !== '') span.setAttribute(semconv.URL_QUERY, redactedQuery(query, secrets))
      describe(span, req, client, scheme)
      if (attributes !== undefined) span.setAttributes(attributes(req))
    }
    return { span, inside: withSpan(parent, span) }
  }

  return (req, res, next) => {
    const marked = req as { [openedKey]?: true }
    if (marked[openedKey] || isInForeignSpan()) {
      next()
      return
    }
    marked[openedKey] = true
    const [path, query] = targetOf(req)
    if (ignores(req, path)) {
      runIn(suppressed(ROOT), () => next())
      return
    }
    const { span, inside } = begin(req, path, query)
    // node:http emits the events of a request from its parser, outside of any context of ours.
    bindEmitter(req, (fn) => runIn(inside, fn))
    if (span.isRecording()) endWith(req, res, span)
    try {
      runIn(inside, () => next())
    } catch (error) {
      recordError(span, error)
      throw error
    }
  }
}

/** A server span that some other instrumentation has opened for this request: one is enough. */
function isInForeignSpan(): boolean {
  const active = spanOf(activeContext()) as (Span & { kind?: number; ended?: boolean }) | undefined
  return active?.kind === KIND.server && active.ended === false
}

function matcher(
  ignore: NonNullable<HttpOptions['ignore']>,
): (req: IncomingMessage, path: string) => boolean {
  if (typeof ignore === 'function') return ignore
  if (!Array.isArray(ignore)) throw badOption('ignore', 'an array or a function', ignore)
  const exact = new Set(ignore.filter((entry) => typeof entry === 'string'))
  const patterns = ignore.filter((entry): entry is RegExp => typeof entry !== 'string')
  return (_req, path) => exact.has(path) || patterns.some((pattern) => pattern.test(path))
}

/** Path and query as the client asked for them: Express cuts the mount path off `req.url`. */
function targetOf(req: IncomingMessage & { originalUrl?: unknown }): [path: string, query: string] {
  const target = typeof req.originalUrl === 'string' ? req.originalUrl : (req.url ?? '/')
  const at = target.indexOf('?')
  return at < 0 ? [target, ''] : [target.slice(0, at), target.slice(at + 1)]
}

// One by one: an object of attributes costs the SDK twice as much.
function describe(
  span: Span,
  req: IncomingMessage,
  client: string | undefined,
  scheme: 'http' | 'https',
): void {
  span.setAttribute(semconv.NETWORK_PROTOCOL_VERSION, versionOf(req))
  const { remoteAddress, remotePort } = req.socket ?? {}
  if (remoteAddress !== undefined) span.setAttribute(semconv.NETWORK_PEER_ADDRESS, remoteAddress)
  if (remotePort !== undefined) span.setAttribute(semconv.NETWORK_PEER_PORT, remotePort)
  if (client !== undefined) span.setAttribute(semconv.CLIENT_ADDRESS, client)
  const agent = req.headers['user-agent']
  if (agent !== undefined) span.setAttribute(semconv.USER_AGENT_ORIGINAL, agent.slice(0, 512))
  const host = hostOf(String(req.headers.host ?? req.headers[':authority'] ?? ''))
  if (host === undefined) return
  span.setAttribute(semconv.SERVER_ADDRESS, host.name)
  span.setAttribute(semconv.SERVER_PORT, host.port ?? (scheme === 'https' ? 443 : 80))
}

interface Host {
  readonly name: string
  readonly port: number | undefined
}

// A service is asked for by one name, mostly: the last one is remembered.
let lastAuthority = ''
let lastHost: Host | undefined

function hostOf(authority: string): Host | undefined {
  if (authority === lastAuthority) return lastHost
  const found = /^(\[[0-9a-fA-F:.]+\]|[^:/?#@\s]{1,255})(?::(\d{1,5}))?$/.exec(authority)
  lastAuthority = authority
  lastHost =
    found === null
      ? undefined
      : { name: found[1] as string, port: found[2] === undefined ? undefined : Number(found[2]) }
  return lastHost
}

const versionOf = ({ httpVersion }: IncomingMessage) => (httpVersion === '2.0' ? '2' : httpVersion)

function endWith(req: IncomingMessage, res: ServerResponse, span: Span): void {
  let ended = false
  const end = () => {
    if (ended) return
    ended = true
    const status = res.statusCode
    const route = routeOf(req)
    const operation = operationOf(req)
    if (route !== undefined) {
      span.updateName(`${nameOf(semconv.knownMethod(req.method ?? 'GET'))} ${route}`)
      span.setAttribute(semconv.HTTP_ROUTE, route)
    }
    if (operation.service !== undefined) span.setAttribute(semconv.API_SERVICE, operation.service)
    if (operation.method !== undefined) span.setAttribute(semconv.API_METHOD, operation.method)
    if (res.headersSent || res.writableFinished) {
      span.setAttribute(semconv.HTTP_RESPONSE_STATUS_CODE, status)
      if (status >= 500) {
        span.setStatus({ code: STATUS_ERROR })
        span.setAttribute(semconv.ERROR_TYPE, String(status))
      }
    }
    if (!res.writableFinished) span.setAttribute(semconv.REQUEST_ABORTED, true)
    span.end()
  }
  res.on('finish', end)
  res.on('close', end)
}

const nameOf = (known: string) => (known === '_OTHER' ? 'HTTP' : known)
