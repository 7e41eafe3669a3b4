import type { IncomingMessage, ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'
import { prometheusText } from './prometheus-text.ts'
import { type Reports, reasonOf } from './reports.ts'

const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'
const TIMEOUT_MS = 10_000
const GZIP_FROM = 1400

export interface ScrapeOptions {
  readonly pull: (timeoutMs: number) => Promise<ResourceMetrics>
  readonly scopeLabels: boolean
  readonly reports: Reports
}

/** Answers GET and HEAD with what was measured so far, as Prometheus text, compressed where the client takes it. */
export function scrapeHandler(
  options: ScrapeOptions,
): (req: IncomingMessage, res: ServerResponse) => void {
  return (req, res) => {
    if (req.method !== 'GET' && req.method !== 'HEAD') {
      res.setHeader('Allow', 'GET, HEAD')
      answer(res, 405, 'Only GET and HEAD are allowed here.\n')
      return
    }
    serve(req, res, options).catch((error: unknown) => {
      options.reports.once('scrape', {
        type: 'metrics.scrape_failed',
        level: 'error',
        message: `the metrics could not be shown: ${reasonOf(error)}`,
        fields: {},
      })
      if (!res.headersSent) answer(res, 500, 'The metrics could not be collected.\n')
      else res.destroy()
    })
  }
}

/** Answers 404, and says why. */
export function nothingToScrape(why: string): (req: IncomingMessage, res: ServerResponse) => void {
  return (_req, res) => answer(res, 404, `${why}\n`)
}

async function serve(
  req: IncomingMessage,
  res: ServerResponse,
  { pull, scopeLabels, reports }: ScrapeOptions,
): Promise<void> {
  const collected = await pull(timeoutOf(req))
  const text = prometheusText(collected, {
    scopeLabels,
    onClash: (name, why) =>
      reports.once(`clash ${name} ${why}`, {
        type: 'metrics.name_clash',
        level: 'warn',
        message: `${name} is not shown to Prometheus: ${why}`,
        fields: { metric: name },
      }),
  })
  res.setHeader('Content-Type', CONTENT_TYPE)
  res.setHeader('Cache-Control', 'no-store')
  res.setHeader('Vary', 'Accept-Encoding')
  let body: Buffer = Buffer.from(text)
  if (body.length >= GZIP_FROM && takesGzip(req)) {
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

const takesGzip = (req: IncomingMessage) =>
  /(?:^|,)\s*(?:gzip|\*)\s*(?:;\s*q=(?!0(?:\.0*)?\s*(?:,|$))[\d.]+\s*)?(?:,|$)/i.test(
    String(req.headers['accept-encoding'] ?? '').slice(0, 200),
  )

/** A slow observable must not cost the scrape: Prometheus says how long it waits. */
function timeoutOf(req: IncomingMessage): number {
  const seconds = Number(req.headers['x-prometheus-scrape-timeout-seconds'])
  return seconds > 0 ? Math.min(Math.max(seconds * 900, 50), TIMEOUT_MS) : TIMEOUT_MS
}
