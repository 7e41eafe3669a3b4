import type { RequestPart, RequestRecord } from '@clew/internal/requests/record'
import { routeOf } from '@clew/internal/requests/route'
import { isFailure, type Verdict } from '@clew/internal/requests/verdict'
import type { Origin } from '../engine/engine.ts'
import type { Fields } from '../line/fields.ts'
import { activeSpan } from '../line/span.ts'
import { type Ending, endScope } from '../scope/end.ts'
import { type FieldSource, live, Scope } from '../scope/scope.ts'
import { attempt } from './attempt.ts'

/** What all requests of one middleware have in common. */
export interface HttpSettings {
  readonly origin: Origin
  readonly always: boolean
  /** Undefined: that of the engine. */
  readonly slowMs: number | undefined
}

interface HttpRequestParts {
  readonly id: string | undefined
  readonly url: string
  readonly address: string | undefined
  readonly silent: boolean
}

const owned: ReadonlySet<string> = new Set(['request_id', 'http.method', 'http.url'])

/** What log keeps of a request. `private` and not `#`, as in `Hold`. */
export class HttpRequest implements RequestPart, FieldSource, Ending {
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
    const { slowMs, origin } = this.settings
    // An upgraded connection is meant to last.
    return durationMs >= (slowMs ?? origin.engine.slowMs) && outcome !== 'upgraded'
  }

  get err(): unknown {
    return this.verdict.error
  }

  closingFields(): Fields {
    const { outcome, status, durationMs, bytes } = this.verdict
    const fields: Record<string, unknown> = {}
    const route = attempt(() => routeOf(this.record.req))
    if (route !== undefined) fields['http.route'] = route
    if (outcome === 'aborted') {
      // As nginx has it: no server sends it.
      fields['http.status'] = 499
    } else if (outcome === 'answered') fields['http.status'] = status
    else if (outcome !== 'upgraded') fields['http.status'] = status ?? 500
    fields['http.time_ms'] = Math.round(durationMs)
    if (bytes !== undefined) fields['http.bytes'] = bytes
    if (this.address !== undefined) fields['http.remote_addr'] = this.address
    if (outcome === 'aborted') fields['aborted'] = true
    else if (outcome !== 'answered' && outcome !== 'upgraded') fields['incomplete'] = true
    return fields
  }
}
