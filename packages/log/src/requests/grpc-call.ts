import { monotonicMs } from '@clew/internal/time/clock'
import type { Engine, Origin } from '../engine/engine.ts'
import type { Patience } from '../engine/options.ts'
import { infoSeverity } from '../level.ts'
import type { Fields } from '../line/fields.ts'
import { activeSpan } from '../line/span.ts'
import { currentScope, runIn } from '../scope/current.ts'
import { endScope } from '../scope/end.ts'
import { watchHangs } from '../scope/hang-watch.ts'
import { live } from '../scope/open-scopes.ts'
import { Scope, type ScopeSource } from '../scope/scope.ts'

export interface GrpcCallOptions {
  readonly id: string | undefined
  readonly service: string
  readonly method: string
  readonly start: boolean
  readonly always: boolean
  /** No start and closing line, unless it fails. */
  readonly silent: boolean
  readonly slowMs: number | undefined
  /** Whether either side sends any number of messages. */
  readonly streams: boolean
}

const owned: ReadonlySet<string> = new Set(['request_id', 'grpc.service', 'grpc.method'])

/** A call that a server answers, and its scope. */
export class GrpcCall implements ScopeSource {
  readonly id: string | undefined
  /** Whether the beginning of an answer was sent. */
  answered = false
  private readonly engine: Engine
  private readonly scope: Scope
  private readonly options: GrpcCallOptions

  constructor(origin: Origin, options: GrpcCallOptions) {
    const { id, service, method, start, silent } = options
    const { engine } = origin
    const called = { 'grpc.service': service, 'grpc.method': method }
    this.id = id
    this.engine = engine
    this.options = options
    this.scope = new Scope({
      owner: engine,
      origin,
      // A connection carries many calls: what is visible now may be another one.
      parent: undefined,
      shares: false,
      request: undefined,
      span: activeSpan(),
      owned,
      fields: id === undefined ? called : { request_id: id, ...called },
      source: this,
      startMs: monotonicMs(),
    })
    live.add(this.scope)
    watchHangs()
    engine.refresh(this.scope)
    if (start && !silent) {
      engine.record(origin, this.scope, infoSeverity, {
        msg: 'start',
        fields: undefined,
        err: undefined,
      })
    }
  }

  /** Runs `fn` in its scope. */
  run<T>(fn: () => T): T {
    return currentScope()?.hold === this.scope.hold ? fn() : runIn(this.scope, fn)
  }

  /** Ends the scope with a closing line. Only the first end counts. */
  end(failed: boolean, fields: Fields): void {
    const { scope } = this
    if (!live.delete(scope)) return
    const { patience } = this
    const { always, silent, slowMs = patience.slowMs } = this.options
    const timeMs = monotonicMs() - scope.startMs
    const aborted = fields['aborted'] === true && !this.answered
    endScope(scope, {
      failed,
      slow: timeMs >= slowMs,
      abandoned: aborted && timeMs >= patience.abortedMs,
      err: undefined,
      always,
      silent,
      closingFields: () => ({ ...fields, 'grpc.time_ms': Math.round(timeMs) }),
    })
  }

  get silent(): boolean {
    return this.options.silent
  }

  get hangMs(): number {
    return this.silent || this.answered ? Number.POSITIVE_INFINITY : this.patience.hangMs
  }

  private get patience(): Patience {
    const { requests, jobs } = this.engine.limits
    return this.options.streams ? jobs : requests
  }

  openFields(): Fields {
    return { 'grpc.time_ms': Math.round(monotonicMs() - this.scope.startMs) }
  }
}
