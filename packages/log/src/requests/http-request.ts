import type { RequestPart, RequestRecord } from '@clew/internal/requests/contract'
import { routeOf } from '@clew/internal/requests/route'
import { isFailure, type Verdict } from '@clew/internal/requests/verdict'
import { monotonicMs } from '@clew/internal/time/clock'
import type { Origin } from '../engine/engine.ts'
import type { Patience } from '../engine/options.ts'
import type { Fields } from '../line/fields.ts'
import { activeSpan } from '../line/span.ts'
import { type Ending, endScope } from '../scope/end.ts'
import { live } from '../scope/open-scopes.ts'
import { Scope, type ScopeSource } from '../scope/scope.ts'
import { attempt } from './attempt.ts'

/** What all requests of one middleware have in common. */
export interface HttpSettings {
  readonly origin: Origin
  readonly always: boolean
  /** Undefined: that of the engine. */
  readonly slowMs: number | undefined
  readonly userAgent: boolean
  readonly referer: boolean
}

interface HttpRequestParts {
  readonly id: string | undefined
  readonly url: string
  readonly address: string | undefined
  readonly silent: boolean
}

const owned: ReadonlySet<string> = new Set(['request_id', 'http.method', 'http.url'])

/** What log keeps of a request. `private` and not `#`, as in `Hold`. */
export class HttpRequest implements RequestPart, ScopeSource, Ending {
  readonly scope: Scope
  readonly silent: boolean
  private readonly settings: HttpSettings
  private readonly record: RequestRecord
  private readonly id: string | undefined
  private readonly url: string
  private readonly address: string | undefined

  constructor(settings: HttpSettings, record: RequestRecord, parts: HttpRequestParts) {
    this.settings = settings
    this.record = record
    this.id = parts.id
    this.url = parts.url
    this.address = parts.address
    this.silent = parts.silent
    this.scope = new Scope({
      owner: settings.origin.engine,
      origin: settings.origin,
      // On a kept-alive connection the request before may still be visible: it is never inherited.
      parent: undefined,
      shares: false,
      request: record.req,
      span: activeSpan(),
      owned,
      fields: undefined,
      source: this,
      startMs: record.startMs,
    })
  }

  scopeFields(): Fields {
    const { id, record } = this
    const { redaction } = this.settings.origin.engine.encoding
    const fields = {
      'http.method': record.req.method ?? '',
      'http.url': redaction.url(this.url),
    }
    return id === undefined ? fields : { request_id: id, ...fields }
  }

  addressFields(): Fields {
    return this.address === undefined ? {} : { 'http.remote_addr': this.address }
  }

  ended(): void {
    live.delete(this.scope)
    endScope(this.scope, this)
  }

  get always(): boolean {
    return this.settings.always
  }

  private get verdict(): Verdict {
    return this.record.verdict as Verdict
  }

  get failed(): boolean {
    return isFailure(this.verdict)
  }

  get slow(): boolean {
    const { outcome, durationMs } = this.verdict
    const slowMs = this.settings.slowMs ?? this.patience.slowMs
    // An upgraded connection is meant to last, and so is a stream of events.
    return durationMs >= slowMs && outcome !== 'upgraded' && !this.isEventStream
  }

  get abandoned(): boolean {
    const { outcome, status, durationMs } = this.verdict
    return outcome === 'aborted' && status === undefined && durationMs >= this.patience.abortedMs
  }

  get hangMs(): number {
    const { req, res } = this.record
    const { upgrade } = req as { readonly upgrade?: unknown }
    const isAnswered = res?.headersSent === true || upgrade === true
    return isAnswered || this.silent ? Number.POSITIVE_INFINITY : this.patience.hangMs
  }

  private get patience(): Patience {
    return this.settings.origin.engine.limits.requests
  }

  private get isEventStream(): boolean {
    const type = this.record.res?.getHeader('content-type')
    return typeof type === 'string' && /^text\/event-stream\b/i.test(type)
  }

  get err(): unknown {
    return this.verdict.error
  }

  openFields(): Fields {
    const timeMs = Math.round(monotonicMs() - this.record.startMs)
    return { ...this.routeFields(), 'http.time_ms': timeMs, ...this.addressFields() }
  }

  private routeFields(): Record<string, unknown> {
    const route = attempt(() => routeOf(this.record.req))
    return route === undefined ? {} : { 'http.route': route }
  }

  closingFields(): Fields {
    const { outcome, status, durationMs, bytes } = this.verdict
    const fields = this.routeFields()
    if (outcome === 'aborted') {
      // As nginx has it: no server sends it.
      fields['http.status'] = 499
    } else if (outcome === 'answered') fields['http.status'] = status
    else if (outcome !== 'upgraded') fields['http.status'] = status ?? 500
    fields['http.time_ms'] = Math.round(durationMs)
    if (bytes !== undefined) fields['http.bytes'] = bytes
    if (this.address !== undefined) fields['http.remote_addr'] = this.address
    const { userAgent, referer, origin } = this.settings
    const { headers } = this.record.req
    if (userAgent) fields['http.user_agent'] = headers['user-agent']
    if (referer && headers.referer !== undefined) {
      fields['http.referer'] = origin.engine.encoding.redaction.url(headers.referer)
    }
    if (outcome === 'aborted') fields['aborted'] = true
    else if (outcome !== 'answered' && outcome !== 'upgraded') fields['incomplete'] = true
    return fields
  }
}
