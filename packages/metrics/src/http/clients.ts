import {
  type Answer,
  type CallObserver,
  type CallVerdict,
  errorTypeOfCall,
} from '@clew/internal/clients/call'
import { watchNodeHttp } from '@clew/internal/clients/node-http'
import { watchUndici } from '@clew/internal/clients/undici'
import { isQuiet } from '@clew/internal/telemetry/suppression'
import type { Labels } from '../instruments/attributes.ts'
import { createDistribution } from '../instruments/distribution.ts'
import { type CallServer, serverLabels, serverOfOrigin, serverOfRequest } from './call-server.ts'
import { methodLabels, standardMethods } from './methods.ts'

const metric = 'http.client.request.duration'

type RecordCall = (call: MeasuredCall, verdict: CallVerdict) => void

/** One call that is in progress. */
class MeasuredCall implements CallObserver {
  readonly method: string
  readonly server: CallServer
  readonly startMs: number = performance.now()
  httpVersion: string | undefined = undefined
  private readonly record: RecordCall

  constructor(method: string, server: CallServer, record: RecordCall) {
    this.method = method
    this.server = server
    this.record = record
  }

  answered({ httpVersion }: Answer): void {
    this.httpVersion = httpVersion
  }

  ended(verdict: CallVerdict): void {
    this.record(this, verdict)
  }
}

/**
 * Measures `http.client.request.duration` of every call made with undici, `fetch`, node:http and
 * node:https, from their diagnostics channels; nothing is patched. Returns a function that stops
 * it.
 */
export function watchClients(): () => void {
  const duration = createDistribution(metric, {
    description: 'Duration of HTTP client requests.',
    unit: 's',
  })
  const methodOf = methodLabels(standardMethods)
  const labelsOfServer = serverLabels(metric)

  function record(call: MeasuredCall, verdict: CallVerdict): void {
    const labels: Labels = { 'http.request.method': call.method, ...labelsOfServer(call.server) }
    const { status, outcome } = verdict
    if (status !== undefined) labels['http.response.status_code'] = status
    if (call.httpVersion !== undefined) labels['network.protocol.version'] = call.httpVersion
    // An aborted call is not an error, but its duration says nothing about the server.
    const errorType = outcome === 'aborted' ? 'aborted' : errorTypeOfCall(verdict)
    if (errorType !== undefined) labels['error.type'] = errorType
    duration(((verdict.endedMs ?? performance.now()) - call.startMs) / 1000, labels)
  }

  function begin(method: string, server: CallServer | undefined): MeasuredCall | undefined {
    return server && new MeasuredCall(methodOf(method), server, record)
  }

  const stops = [
    watchUndici((request) =>
      isQuiet() ? undefined : begin(request.method, serverOfOrigin(request.origin)),
    ),
    watchNodeHttp((request) =>
      isQuiet() ? undefined : begin(request.method, serverOfRequest(request)),
    ),
  ]
  return () => {
    for (const stop of stops) stop()
  }
}
