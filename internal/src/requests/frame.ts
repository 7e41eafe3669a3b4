import { AsyncLocalStorage } from 'node:async_hooks'

/**
 * What the packages keep in the asynchronous context. They share one storage, so that a request
 * needs only one `run`.
 */
export class Frame {
  /** The OpenTelemetry context. Written by trace. */
  trace: unknown
  /** The log scope. Written by log. */
  log: unknown
  /** The record of the request being handled. */
  readonly request: object | undefined

  constructor(trace: unknown, log: unknown, request?: object) {
    this.trace = trace
    this.log = log
    this.request = request
  }
}

const key: unique symbol = Symbol.for('@clew/context/v1') as never
const globals = globalThis as { [key]?: AsyncLocalStorage<Frame> }
globals[key] ??= new AsyncLocalStorage<Frame>()

/** The storage of the process. Never call `disable` on it: all packages share it. */
export const frames: AsyncLocalStorage<Frame> = globals[key]

/** A copy of the current frame with another OpenTelemetry context. */
export function withTrace(trace: unknown): Frame {
  const current = frames.getStore()
  return new Frame(trace, current?.log, current?.request)
}

/** A copy of the current frame with another log scope. */
export function withLog(log: unknown): Frame {
  const current = frames.getStore()
  return new Frame(current?.trace, log, current?.request)
}
