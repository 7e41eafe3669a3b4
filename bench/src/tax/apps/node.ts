import type { RequestListener } from 'node:http'
import * as log from '@clew/log'
import * as metrics from '@clew/metrics'
import * as trace from '@clew/trace'
import { createGuard, httpOptions, logs } from '../clew.ts'
import type { Subject } from '../subject.ts'

/** The same service without a framework, each part called with the next one. */
export function createNode(subject: Subject): RequestListener {
  const { parts } = subject
  const isLogged = logs(subject)
  const around = [
    ...(parts.includes('trace') ? [trace.http()] : []),
    ...(isLogged ? [log.http(httpOptions(subject))] : []),
    ...(parts.includes('metrics') ? [metrics.http()] : []),
    ...(parts.includes('security') ? [createGuard()] : []),
  ]
  const answer: RequestListener = (req, res) => {
    const id = req.url?.slice('/orders/'.length)
    if (isLogged) log.info('reading order', { order_id: id })
    const body = JSON.stringify({ id, items: 3 })
    res.setHeader('content-type', 'application/json')
    res.setHeader('content-length', Buffer.byteLength(body))
    res.end(body)
  }
  return around.reduceRight<RequestListener>(
    (next, each) => (req, res) => each(req, res, () => next(req, res)),
    answer,
  )
}
