import { typeOfError } from '@clew/internal/requests/verdict'
import { registered } from '@clew/internal/telemetry/api'
import { monotonicMs } from '@clew/internal/time/clock'
import type { Attributes, Histogram, MeterProvider } from '@opentelemetry/api'
import * as semconv from '../semconv.ts'
import type { OnEnd } from '../span/span.ts'

/** A histogram of the semantic conventions, and those attributes of a span that it has. */
export interface Duration {
  readonly name: string
  readonly description: string
  /** Bounds of the buckets, in seconds, as the conventions advise. */
  readonly boundaries: readonly number[]
  readonly attributes: readonly string[]
}

export const queryDuration: Duration = {
  name: 'db.client.operation.duration',
  description: 'Duration of database client operations.',
  boundaries: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10],
  attributes: [
    semconv.dbSystemName,
    semconv.dbNamespace,
    semconv.dbCollectionName,
    semconv.dbOperationName,
    semconv.dbQuerySummary,
    semconv.dbResponseStatusCode,
    semconv.serverAddress,
    semconv.serverPort,
    semconv.errorType,
  ],
}

const messaging = {
  boundaries: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
  attributes: [
    semconv.messagingSystem,
    semconv.messagingDestinationName,
    semconv.messagingOperationName,
    semconv.errorType,
  ],
}

export const sendDuration: Duration = {
  ...messaging,
  name: 'messaging.client.operation.duration',
  description: 'Duration of messaging operations of a producer or consumer.',
  attributes: [...messaging.attributes, semconv.messagingOperationType],
}

export const processDuration: Duration = {
  ...messaging,
  name: 'messaging.process.duration',
  description: 'Duration of processing a message.',
}

/** Most values of one attribute that are told apart; they may come from whoever sends messages. */
const maxValues = 200
const other = '_OTHER'
const values = new Map<string, Set<unknown>>()

let provider: MeterProvider | undefined
const histograms = new Map<Duration, Histogram>()

/**
 * Starts a clock. At the end of the span, the time since then is recorded with the provider that is
 * registered by then, whether the span is sampled or not; what a provider throws costs the
 * measurement only. The span gets the same `error.type`.
 * @param attributes - those of the span, as they are at its end
 */
export function measured(duration: Duration, attributes: Attributes): OnEnd {
  const startMs = monotonicMs()
  return (span, failure) => {
    const errorType = failure && typeOfError(failure.error)
    if (errorType !== undefined) span.setAttribute(semconv.errorType, errorType)
    try {
      const seconds = (monotonicMs() - startMs) / 1000
      histogramOf(duration)?.record(seconds, labelsOf(duration, withType(attributes, errorType)))
    } catch {
      // The operation goes on.
    }
  }
}

function histogramOf(duration: Duration): Histogram | undefined {
  const current = registered().metrics
  if (current !== provider) {
    provider = current
    histograms.clear()
  }
  let histogram = histograms.get(duration)
  if (histogram === undefined && current !== undefined) {
    const { name, description, boundaries } = duration
    histogram = current.getMeter('@clew/trace').createHistogram(name, {
      description,
      unit: 's',
      advice: { explicitBucketBoundaries: [...boundaries] },
    })
    histograms.set(duration, histogram)
  }
  return histogram
}

const withType = (attributes: Attributes, type: string | undefined): Attributes =>
  type === undefined ? attributes : { ...attributes, [semconv.errorType]: type }

function labelsOf({ name, attributes: names }: Duration, attributes: Attributes): Attributes {
  const labels: Attributes = {}
  for (const attribute of names) {
    const value = attributes[attribute]
    if (value !== undefined)
      labels[attribute] = known(`${name} ${attribute}`, value) ? value : other
  }
  return labels
}

/** Whether a value is among the first ones of its attribute. */
function known(attribute: string, value: unknown): boolean {
  let seen = values.get(attribute)
  if (seen === undefined) {
    seen = new Set()
    values.set(attribute, seen)
  }
  if (seen.has(value)) return true
  if (seen.size >= maxValues) return false
  seen.add(value)
  return true
}
