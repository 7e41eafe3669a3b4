import type { IncomingMessage, ServerResponse } from 'node:http'
import { type ChainEvents, chain, fail, type Layer } from './chain.ts'
import type { Notice } from './notices.ts'
import type { Settings } from './options.ts'
import type { Handler, LoggerPart } from './parts.ts'
import { abortOf, pathOf } from './request.ts'

type Serve = (req: IncomingMessage, res: ServerResponse) => void

/**
 * The parts that watch requests, in their order, around the handler; and what happens when either fails.
 * `probes` are answered before all of them, so that they are not watched.
 */
export function pipelineOf(
  settings: Settings,
  handler: Handler,
  probes: ReadonlyMap<string, Handler>,
  log: LoggerPart['log'],
  notice: Notice,
): Serve {
  const events: ChainEvents = {
    onError(error, req, res) {
      const fields = { method: req.method, path: pathOf(req.url ?? '') }
      const abort = abortOf(req, error)
      if (abort === 'gone') {
        log('debug', 'request given up: the client has gone', fields)
      } else if (abort === 'closing') {
        log('warn', 'request given up: the deadline of the shutdown is near', fields)
        fail(res, 503)
      } else {
        log('error', 'request handler failed', { err: error, ...fields })
        fail(res)
      }
    },
    onLayerError(name, err) {
      notice(name, 'error', `${name}.http() failed`, { err })
    },
  }
  const watched = chain(layersOf(settings), handler, events)
  if (probes.size === 0) return watched
  const unwatched = new Map<string, Serve>()
  for (const [path, probe] of probes) unwatched.set(path, chain([], probe, events))
  return (req, res) => (unwatched.get(pathOf(req.url ?? '')) ?? watched)(req, res)
}

function layersOf({ parts: { tracing, logger, metrics, debug } }: Settings): Layer[] {
  const layers: Layer[] = []
  for (const [name, part] of Object.entries({ tracing, logger, metrics, debug })) {
    const middleware = part?.http?.()
    if (middleware) layers.push({ name, middleware })
  }
  return layers
}
