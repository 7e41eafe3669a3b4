import type { AsyncLocalStorage } from 'node:async_hooks'
import { type Frame, frames, withTrace } from '@clew/internal/requests/frame'
import type { Context, ContextManager } from '@opentelemetry/api'
import { rootContext } from './root.ts'

/**
 * Keeps the active context in the storage that the packages share, so that a request needs one
 * `run` for tracing and logging together.
 */
export class FrameContextManager implements ContextManager {
  /** By which another copy of the package knows this manager. */
  readonly frames: AsyncLocalStorage<Frame> = frames
  private isEnabled = true

  active(): Context {
    if (!this.isEnabled) return rootContext
    return (frames.getStore()?.trace as Context | undefined) ?? rootContext
  }

  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    context: Context,
    fn: F,
    thisArg?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    if (!this.isEnabled) return fn.apply(thisArg, args)
    const run = thisArg === undefined ? fn : (fn.bind(thisArg) as F)
    return frames.run(withTrace(context), run, ...args)
  }

  bind<T>(context: Context, target: T): T {
    const run = <R>(fn: () => R): R => this.with(context, fn)
    if (typeof target === 'function') {
      return function bound(this: unknown, ...args: unknown[]) {
        return run(() => target.apply(this, args))
      } as T
    }
    if (isEmitter(target)) bindEmitter(target, run)
    return target
  }

  enable(): this {
    this.isEnabled = true
    return this
  }

  /** The shared storage stays as it is: other packages use it too. */
  disable(): this {
    this.isEnabled = false
    return this
  }
}

/**
 * Whether a context manager stores the context in frames. It may be of another copy of the package.
 */
export function isFrameManager(manager: ContextManager): boolean {
  return (manager as Partial<FrameContextManager>).frames === frames
}

interface Emitter {
  emit(...args: unknown[]): boolean
  listenerCount?(event: unknown): number
}

/**
 * Runs every listener of `emitter` with `run`, whenever it is added and whoever emits the event.
 */
function bindEmitter(emitter: Emitter, run: <R>(fn: () => R) => R): void {
  const { emit } = emitter
  emitter.emit = (...args) => {
    // Most events have no listener.
    if (emitter.listenerCount?.(args[0]) === 0) return emit.apply(emitter, args)
    return run(() => emit.apply(emitter, args))
  }
}

function isEmitter(value: unknown): value is Emitter {
  return (
    typeof value === 'object' &&
    value !== null &&
    'emit' in value &&
    typeof value.emit === 'function'
  )
}
