import type { IncomingMessage, ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { reasonOf } from '@clew/internal/errors/reason'
import type { Report } from '@clew/internal/reports/reporter'
import type { Handler } from '@clew/internal/requests/middleware'
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'
import { formatOf } from './accept.ts'
import { prometheusText } from './text.ts'

const contentTypes = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
} as const
const maxTimeoutMs = 10_000
const minGzipBytes = 1400

export interface ScrapeOptions {
  /** Collects what was measured so far. */
  readonly pull: (timeoutMs: number) => Promise<ResourceMetrics>
  readonly scopeLabels: boolean
  /** Reports the first report of each key. */
  readonly reportOnce: (key: string, report: Report) => void
  /** Whether nothing is measured any more: old numbers must not be taken for new ones. */
  readonly isStopped: () => boolean
}

/** Answers GET and HEAD with Prometheus text or OpenMetrics, compressed if the client accepts gzip. */
export function createScrapeHandler(options: ScrapeOptions): Handler {
  return (req, res) => {
    if (req.method !== 'GET' && req.method !== 'HEAD') {
      res.setHeader('Allow', 'GET, HEAD')
      answer(res, 405, 'Only GET and HEAD are allowed here.\n')
      return
    }
    if (options.isStopped()) {
      answer(res, 503, 'The metrics of this process are shut down.\n')
      return
    }
    serve(req, res, options).catch((error: unknown) => {
      options.reportOnce('scrape', {
        type: 'metrics.scrape_failed',
        level: 'error',
        message: `the metrics could not be served to Prometheus: ${reasonOf(error)}`,
        fields: {},
      })
      if (!res.headersSent) answer(res, 500, 'The metrics could not be collected.\n')
      else res.destroy()
    })
  }
}

/** Answers 404 with the reason. */
export function serveNothing(reason: string): Handler {
  return (_req, res) => answer(res, 404, `${reason}\n`)
}

async function serve(
  req: IncomingMessage,
  res: ServerResponse,
  { pull, scopeLabels, reportOnce }: ScrapeOptions,
): Promise<void> {
  const collected = await pull(timeoutOf(req))
  const format = formatOf(req.headers.accept)
  const text = prometheusText(collected, {
    scopeLabels,
    format,
    onClash: (name, reason) =>
      reportOnce(`unserved ${name} ${reason}`, {
        type: 'metrics.name_clash',
        level: 'warn',
        message: `${name} is not served to Prometheus: ${reason}`,
        fields: { metric: name },
      }),
  })
  res.setHeader('Content-Type', contentTypes[format])
  res.setHeader('Cache-Control', 'no-store')
  res.setHeader('Vary', 'Accept, Accept-Encoding')
  let body: Buffer = Buffer.from(text)
  if (body.length >= minGzipBytes && acceptsGzip(req)) {
    body = await promisify(gzip)(body)
    res.setHeader('Content-Encoding', 'gzip')
  }
  res.statusCode = 200
  res.setHeader('Content-Length', body.length)
  res.end(req.method === 'HEAD' ? undefined : body)
}

function answer(res: ServerResponse, status: number, text: string): void {
  res.statusCode = status
  res.setHeader('Content-Type', 'text/plain; charset=utf-8')
  res.setHeader('Content-Length', Buffer.byteLength(text))
  res.end(res.req?.method === 'HEAD' ? undefined : text)
}

const acceptsGzip = (req: IncomingMessage) =>
  /(?:^|,)\s*(?:gzip|\*)\s*(?:;\s*q=(?!0(?:\.0*)?\s*(?:,|$))[\d.]+\s*)?(?:,|$)/i.test(
    String(req.headers['accept-encoding'] ?? '').slice(0, 200),
  )

/** Prometheus sends how long it waits. A slow observable must not make the whole scrape fail. */
function timeoutOf(req: IncomingMessage): number {
  const seconds = Number(req.headers['x-prometheus-scrape-timeout-seconds'])
  return seconds > 0 ? Math.min(Math.max(seconds * 900, 50), maxTimeoutMs) : maxTimeoutMs
}
