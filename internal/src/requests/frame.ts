import { AsyncLocalStorage } from 'node:async_hooks'

/** What the packages keep in the asynchronous context: one storage for all of them, so that a request needs one `run`. */
export class Frame {
  /** The context of OpenTelemetry. Written by trace. */
  trace: unknown
  /** The scope of lines. Written by log. */
  log: unknown
  /** The record of the request that the code runs for. */
  readonly request: object | undefined

  constructor(trace: unknown, log: unknown, request?: object) {
    this.trace = trace
    this.log = log
    this.request = request
  }
}

const key: unique symbol = Symbol.for('@clew/context/v1') as never
const home = globalThis as { [key]?: AsyncLocalStorage<Frame> }
home[key] ??= new AsyncLocalStorage<Frame>()

/** The storage of the process. Nobody may disable it: it has several owners. */
export const frames: AsyncLocalStorage<Frame> = home[key]

/** The current frame with another context of OpenTelemetry. */
export function withTrace(trace: unknown): Frame {
  const current = frames.getStore()
  return new Frame(trace, current?.log, current?.request)
}

/** The current frame with another scope. */
export function withLog(log: unknown): Frame {
  const current = frames.getStore()
  return new Frame(current?.trace, log, current?.request)
}
