import type { IncomingMessage, ServerResponse } from 'node:http'
import { reasonOf } from '@clew/internal/errors/reason'
import type { Summaries } from '@clew/internal/reports/repeats'
import { recordOf } from '@clew/internal/requests/record'
import { pathOf } from '@clew/internal/requests/target'
import type { Handler, Log, Parts } from '../options/parts.ts'
import { shownPath } from '../traffic/shown-path.ts'
import { abortBehind } from '../traffic/signal.ts'
import { fail } from './answers.ts'
import { type ChainEvents, chain, guarded, type Layer } from './chain.ts'

type RequestListener = (req: IncomingMessage, res: ServerResponse) => void

/** What happens around the handlers of all listeners. */
export interface Pipeline {
  /** Makes a listener of a handler, which answers 500 if it fails. */
  guard(handler: Handler): RequestListener
  /** The probes, and the parts that observe requests, in order, around `inner`. */
  around(inner: RequestListener): RequestListener
}

export interface PipelineOptions {
  readonly parts: Parts
  /** Answered before all else, so that they are neither shed nor observed. */
  readonly probes: ReadonlyMap<string, Handler>
  /** Whether a request may begin; otherwise it has been answered. */
  readonly admit: ((req: IncomingMessage, res: ServerResponse) => boolean) | undefined
  readonly log: Log
  readonly summaries: Summaries
}

export function createPipeline({
  parts,
  probes,
  admit,
  log,
  summaries,
}: PipelineOptions): Pipeline {
  const events: ChainEvents = {
    onError: (error, req, res) => onHandlerError(log, error, req, res),
    onLayerError(name, err) {
      summaries.report({
        type: `server.layer_failed.${name}`,
        level: 'error',
        message: `${name}.http() failed`,
        fields: { err },
      })
    },
  }
  const guard = (handler: Handler) => guarded(handler, events.onError)
  const unobserved = new Map([...probes].map(([path, probe]) => [path, guard(probe)]))
  return {
    guard,
    around(inner) {
      const observed = chain(layersOf(parts), guard(inner), events)
      if (unobserved.size === 0 && admit === undefined) return observed
      return (req, res) => {
        const probe = unobserved.size > 0 ? unobserved.get(pathOf(req)) : undefined
        if (probe !== undefined) probe(req, res)
        else if (admit === undefined || admit(req, res)) observed(req, res)
      }
    },
  }
}

function onHandlerError(log: Log, error: unknown, req: IncomingMessage, res: ServerResponse): void {
  const fields = { method: req.method, path: shownPath(req) }
  const abort = abortBehind(req, error)
  if (abort === 'late') {
    log('debug', 'request abandoned: it was answered 503 in time', fields)
  } else if (abort === 'gone') {
    log('debug', 'request abandoned: the client has disconnected', fields)
  } else if (abort === 'closing') {
    log('warn', 'request abandoned: the deadline of the shutdown is near', fields)
    if (res.headersSent) recordOf(req).cause ??= 'cut'
    fail(res, 503)
  } else {
    // Before the answer is made: log, trace and metrics name it at the end of the request.
    recordOf(req).error = error
    log('error', 'request handler failed', { err: error, ...fields })
    fail(res, 500, errorOf(error))
  }
}

/** What breaks a response off must be an error, and Node reads its stack. */
function errorOf(thrown: unknown): Error {
  try {
    if (typeof (thrown as Error).stack === 'string') return thrown as Error
  } catch {
    // Undefined, or a getter that throws.
  }
  return new Error(reasonOf(thrown))
}

function layersOf({ tracing, logger, metrics, debug }: Parts): Layer[] {
  const layers: Layer[] = []
  for (const [name, part] of Object.entries({ tracing, logger, metrics, debug })) {
    const middleware = part?.http?.()
    if (middleware) layers.push({ name, middleware })
  }
  return layers
}
