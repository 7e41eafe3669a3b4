import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Middleware } from '@clew/internal/requests/middleware'
import type { Handler } from '../options/parts.ts'
import { track } from '../traffic/work.ts'

export interface ChainEvents {
  /** The handler threw or rejected. */
  readonly onError: (error: unknown, req: IncomingMessage, res: ServerResponse) => void
  /** An observing layer threw; the request goes on without it. */
  readonly onLayerError: (name: string, error: unknown) => void
}

export interface Layer {
  readonly name: string
  readonly middleware: Middleware
}

type RequestListener = (req: IncomingMessage, res: ServerResponse) => void

/** Calls the handler, and counts the promise that it returns as work for the request. */
export function guarded(handler: Handler, onError: ChainEvents['onError']): RequestListener {
  return (req, res) => {
    try {
      const result = handler(req, res) as { then?: unknown } | undefined
      if (typeof result?.then === 'function') {
        track(req, result as Promise<unknown>, (error) => onError(error, req, res))
      }
    } catch (error) {
      onError(error, req, res)
    }
  }
}

/** Composes observing layers, outermost first, around what they observe. */
export function chain(
  layers: readonly Layer[],
  innermost: RequestListener,
  { onError, onLayerError }: ChainEvents,
): RequestListener {
  return layers.reduceRight((inner, { name, middleware }) => {
    return (req, res) => {
      let hasPassed = false
      const next = (error?: unknown) => {
        if (hasPassed) return
        hasPassed = true
        if (error === undefined || error === null) inner(req, res)
        else onError(error, req, res)
      }
      try {
        middleware(req, res, next)
      } catch (error) {
        onLayerError(name, error)
        next()
      }
    }
  }, innermost)
}
