import { AsyncResource } from 'node:async_hooks'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Middleware } from '@clew/internal/requests/middleware'
import { optionCheck } from '../errors.ts'
import { PassingBody, type Shown, shownBody } from './body.ts'
import { secretNames } from './redaction.ts'

/** What `logPayloads` needs of a logger. `@clew/log` has both. */
export interface PayloadLogger {
  log(level: 'debug', message: string, fields: Record<string, unknown>): void
  /** Whether such a line would be written here. Without it, the bodies of all requests are read. */
  isEnabled?(level: 'debug'): boolean
}

export interface LogPayloadsOptions {
  /** How much of a body is shown, in bytes (integer, 1 to 65 536). @defaultValue 1024, as in Clue */
  readonly maxBytes?: number | undefined
  /**
   * Names of fields that are not shown, in any case, besides the usual names of credentials (0 to 100).
   *
   * @defaultValue `[]`
   */
  readonly redact?: readonly string[] | undefined
}

const seen = new WeakSet<IncomingMessage>()

/**
 * Writes the bodies of a request and of its response as debug lines, `payload` and `result`, where debug
 * lines are written: for the requests of a debug session. Behind `log.http()`, in front of the routes.
 * Streams are not held back, and what is not read is not shown.
 *
 * @throws TypeError with code `ERR_DEBUG_OPTION`
 */
export function logPayloads(logger: PayloadLogger, options?: LogPayloadsOptions): Middleware {
  const check = optionCheck('debug.logPayloads')
  if (typeof logger?.log !== 'function') {
    throw check.error('logger', 'an object with the method log()', logger)
  }
  const given = check.options('options', options, ['maxBytes', 'redact'])
  const { maxBytes = 1024, redact = [] } = given
  const names = check.strings('redact', redact)
  if (names.length > 100) throw check.error('redact', 'at most 100 names', names.length)
  const shown: Shown = {
    isSecret: secretNames(names),
    maxBytes: check.integer('maxBytes', maxBytes, { min: 1, max: 65_536 }),
  }
  return (req, res, next) => {
    const isWanted = logger.isEnabled?.('debug') ?? true
    if (isWanted && !seen.has(req)) {
      seen.add(req)
      // Node calls back in the context of the socket: the lines belong to the request.
      const write = AsyncResource.bind((message: string, fields: Record<string, unknown>) =>
        logger.log('debug', message, fields),
      )
      watchRequest(req, shown, write)
      watchResponse(res, shown, write)
    }
    next()
  }
}

type Write = (message: string, fields: Record<string, unknown>) => void

/** Looks at what Node puts into the stream, whoever reads it, and however. */
function watchRequest(req: IncomingMessage, shown: Shown, write: Write): void {
  const body = new PassingBody()
  const { push } = req
  req.push = function pushSeen(this: IncomingMessage, chunk: unknown, encoding?: BufferEncoding) {
    if (chunk === null) {
      if (body.bytes > 0) {
        const { 'content-type': type, 'content-encoding': coding } = req.headers
        write('payload', { payload: shownBody(body, type, coding, shown), bytes: body.bytes })
      }
    } else body.add(chunk, encoding)
    return push.call(this, chunk, encoding)
  }
}

function watchResponse(res: ServerResponse, shown: Shown, write: Write): void {
  const body = new PassingBody()
  const { write: writeChunk, end } = res
  let isWritten = false

  function tell(more: Record<string, unknown>): void {
    if (isWritten) return
    isWritten = true
    const text = (name: string) => {
      const value = res.getHeader(name)
      return value === undefined ? undefined : String(value)
    }
    const result =
      body.bytes === 0
        ? undefined
        : shownBody(body, text('content-type'), text('content-encoding'), shown)
    write('result', { result, status: res.statusCode, bytes: body.bytes, ...more })
  }

  type Anything = (...args: unknown[]) => never
  res.write = function writeSeen(this: ServerResponse, ...args: unknown[]) {
    body.add(args[0], args[1])
    return (writeChunk as Anything).apply(this, args)
  } as typeof res.write
  res.end = function endSeen(this: ServerResponse, ...args: unknown[]) {
    body.add(args[0], args[1])
    // Before it: afterwards the request may be over.
    tell({})
    return (end as Anything).apply(this, args)
  } as typeof res.end
  res.once('close', () => tell({ aborted: true }))
}
