import type { IncomingMessage, ServerResponse } from 'node:http'
import { settled } from '@clew/internal/requests/callback'
import type { RequestPart, RequestRecord } from '@clew/internal/requests/contract'
import { routeOf } from '@clew/internal/requests/route'
import { errorTypeOf, type Verdict } from '@clew/internal/requests/verdict'
import type { Attributes, Labels } from '../instruments/attributes.ts'
import { labelsOf } from '../instruments/labels.ts'
import { type ActiveRequests, state } from '../instruments/state.ts'
import { reportCallback } from './callback.ts'

/** What one middleware does with the requests it measures. */
export interface Measures {
  readonly duration: (seconds: number, labels: Labels) => void
  readonly attributes: ((req: IncomingMessage, res: ServerResponse) => Attributes) | undefined
}

/**
 * The part of metrics in the record of a request: counts it as active, and records its duration.
 */
export class MeasuredRequest implements RequestPart {
  private readonly measures: Measures
  private readonly active: ActiveRequests

  constructor(measures: Measures, active: ActiveRequests) {
    this.measures = measures
    this.active = active
    active.count++
  }

  ended(record: RequestRecord, verdict: Verdict): void {
    const { measures, active } = this
    active.count--
    const labels: Labels = { 'http.request.method': active.method, 'url.scheme': active.scheme }
    const route = routeOf(record.req)
    if (route !== undefined) labels['http.route'] = route
    const { status, durationMs } = verdict
    if (status !== undefined) labels['http.response.status_code'] = status
    const errorType = errorTypeOf(verdict)
    if (errorType !== undefined) labels['error.type'] = errorType
    const { operation } = record
    if (operation?.service !== undefined) labels['api.service'] = operation.service
    if (operation?.method !== undefined) labels['api.method'] = operation.method
    if (measures.attributes) Object.assign(labels, labelsFrom(measures.attributes, record))
    const shared = state()
    // The response may end in any context: the trace is that of the request.
    if (shared.series?.hasExemplars) shared.context = record.frame.trace
    measures.duration(durationMs / 1000, labels)
    shared.context = undefined
  }
}

function labelsFrom(
  attributes: NonNullable<Measures['attributes']>,
  { req, res }: RequestRecord,
): Labels | undefined {
  try {
    return labelsOf(settled(attributes(req, res as ServerResponse)))
  } catch (error) {
    reportCallback('attributes', error)
    return undefined
  }
}
