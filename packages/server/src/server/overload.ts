import type { IncomingMessage, ServerResponse } from 'node:http'
import { createSummaries } from '@clew/internal/reports/repeats'
import type { OverloadSettings } from '../options/overload-settings.ts'
import type { Log } from '../options/parts.ts'
import { Shedder } from '../overload/shedder.ts'
import { recordLimit } from '../telemetry/instruments.ts'
import { isEventSource } from '../traffic/event-stream.ts'
import { isBodyComplete } from '../traffic/http2.ts'
import { requestOf } from '../traffic/signal.ts'
import type { Traffic } from '../traffic/traffic.ts'

/** Sheds requests of a lifecycle. */
export interface Overload {
  /** Whether a request may begin; otherwise it is answered 503. */
  admit(req: IncomingMessage, res: ServerResponse): boolean
  close(): void
}

const summaryMs = 60_000
const recordMs = 5_000

export function createOverload(settings: OverloadSettings, traffic: Traffic, log: Log): Overload {
  const summaries = createSummaries(
    ({ level, message, fields }) => log(level, message, fields),
    summaryMs,
  )
  const shedder = new Shedder(settings, (err) =>
    summaries.report({
      type: 'server.priority_failed',
      level: 'error',
      message: 'overload.priority failed',
      fields: { err },
    }),
  )
  traffic.onWeighed = (_request, { outcome, status = 500, durationMs }) =>
    // What failed fast says nothing about how much can be done.
    shedder.end(outcome === 'answered' && status < 500 ? durationMs : undefined)
  const timer = setInterval(() => {
    if (shedder.currentLimit !== undefined) recordLimit(shedder.currentLimit)
  }, recordMs).unref()

  return {
    admit(req, res) {
      const reason = shedder.refuses(req)
      if (reason === undefined) {
        const request = requestOf(req)
        if (request !== undefined && !isEventSource(req) && !request.isWeighed) {
          request.isWeighed = true
          shedder.begin()
        }
        return true
      }
      traffic.refuse('shed', reason)
      summaries.report({
        type: `server.shed.${reason}`,
        level: 'warn',
        message: 'request shed: there is too much to do',
        fields: { reason, limit: shedder.currentLimit },
      })
      answer(req, res, settings.retryAfterMs)
      return false
    },
    close() {
      clearInterval(timer)
      shedder.close()
      summaries.close()
    },
  }
}

function answer(req: IncomingMessage, res: ServerResponse, retryAfterMs: number): void {
  const jittered = retryAfterMs * (0.5 + Math.random())
  res.statusCode = 503
  res.setHeader('Retry-After', String(Math.max(1, Math.ceil(jittered / 1_000))))
  res.setHeader('Cache-Control', 'no-store')
  res.setHeader('Content-Type', 'text/plain; charset=utf-8')
  // Its body is not waited for.
  if (req.httpVersionMajor < 2 && !isBodyComplete(req)) res.setHeader('Connection', 'close')
  res.end('Service Unavailable\n')
}
