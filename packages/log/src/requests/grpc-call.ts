import { monotonicMs } from '@clew/internal/time/clock'
import type { Origin } from '../engine/engine.ts'
import { infoSeverity } from '../level.ts'
import type { Fields } from '../line/fields.ts'
import { activeSpan } from '../line/span.ts'
import { currentScope, runIn } from '../scope/current.ts'
import { endScope } from '../scope/end.ts'
import { live, Scope } from '../scope/scope.ts'

export interface GrpcCallOptions {
  readonly id: string | undefined
  readonly service: string
  readonly method: string
  readonly start: boolean
  readonly always: boolean
  /** No start and closing line, unless it fails. */
  readonly silent: boolean
  readonly slowMs: number | undefined
}

const owned: ReadonlySet<string> = new Set(['request_id', 'grpc.service', 'grpc.method'])

/** A call that a server answers, and its scope. */
export class GrpcCall {
  readonly id: string | undefined
  private readonly startMs = monotonicMs()
  private readonly scope: Scope
  private readonly options: GrpcCallOptions

  constructor(origin: Origin, options: GrpcCallOptions) {
    const { id, service, method, start, silent } = options
    const { engine } = origin
    const called = { 'grpc.service': service, 'grpc.method': method }
    this.id = id
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
      source: undefined,
    })
    live.add(this.scope)
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
    const { always, silent, slowMs = scope.owner.slowMs } = this.options
    const timeMs = monotonicMs() - this.startMs
    endScope(scope, {
      failed,
      slow: timeMs >= slowMs,
      err: undefined,
      always,
      silent,
      closingFields: () => ({ ...fields, 'grpc.time_ms': Math.round(timeMs) }),
    })
  }
}
