import type { MetricData, ResourceMetrics } from '@opentelemetry/sdk-metrics'
import type { HistogramValue } from '../series/cells.ts'
import type { Exemplar } from '../series/exemplars.ts'
import type { Format } from './accept.ts'
import { escapeValue, joinPairs, type Pair, pairsOf, scopePairs } from './labels.ts'
import { type Kind, metricName } from './names.ts'
import { formatNumber } from './number.ts'

export interface TextOptions {
  /** Whether each series has the labels of its instrumentation scope. */
  readonly scopeLabels: boolean
  /** @defaultValue text */
  readonly format?: Format
  /** Called for each metric or series that is left out, such as when another one has its name. */
  readonly onClash?: (name: string, reason: string) => void
}

interface Family {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram' | 'info'
  readonly help: string
  readonly lines: string[]
  /** The label sets so far: the format allows each one once. */
  readonly seen: Set<string>
}

/**
 * Prometheus text, version 0.0.4: https://prometheus.io/docs/instrumenting/exposition_formats/, or
 * OpenMetrics 1.0: https://prometheus.io/docs/specs/om/open_metrics_spec/, with exemplars.
 * Names and units are the same as when the metrics are pushed to an OpenTelemetry Collector.
 */
export function prometheusText(
  { resource, scopeMetrics }: Pick<ResourceMetrics, 'resource' | 'scopeMetrics'>,
  { scopeLabels, format = 'text', onClash = () => {} }: TextOptions,
): string {
  const families = new Map<string, Family>()
  // The family of each sample name: a histogram has several names.
  const owners = new Map<string, Family>()
  const isOpen = format === 'openmetrics'
  const target = pairsOf(resource.attributes)
  if (target.length > 0) {
    const labels = joinPairs(target)
    const info: Family = {
      name: 'target_info',
      type: isOpen ? 'info' : 'gauge',
      help: 'Target metadata',
      lines: [`target_info{${labels}} 1`],
      seen: new Set([labels]),
    }
    families.set(info.name, info)
    owners.set(info.name, info)
  }
  for (const { scope, metrics } of scopeMetrics) {
    const scopeLabelPairs = scopeLabels ? scopePairs(scope) : []
    for (const metric of metrics) {
      const { name: otelName, unit, description } = metric.descriptor
      const kind = kindOf(metric)
      const name = kind && metricName(otelName, unit, kind)
      if (kind === undefined || name === undefined) {
        const reason = kind
          ? 'its name has no legal character'
          : 'the text format has no exponential histograms'
        onClash(otelName, reason)
        continue
      }
      const type = kind === 'upDownCounter' ? 'gauge' : kind
      const owner = sampleNames(name, type, isOpen)
        .map((sample) => owners.get(sample))
        .find((other) => other !== undefined && (other.name !== name || other.type !== type))
      if (owner) {
        onClash(otelName, `${owner.name} is already a ${owner.type}`)
        continue
      }
      const family = families.get(name) ?? {
        name,
        type,
        help: description,
        lines: [],
        seen: new Set(),
      }
      families.set(name, family)
      for (const sample of sampleNames(name, type, isOpen)) owners.set(sample, family)
      addSamples(family, metric, { scopeLabelPairs, isOpen, onClash })
    }
  }
  let text = ''
  for (const { name: sample, type, help, lines } of families.values()) {
    if (lines.length === 0) continue
    const name = isOpen ? familyName(sample, type) : sample
    const escaped = isOpen ? escapeValue(help) : escapeHelp(help)
    if (help !== '') text += `# HELP ${name} ${escaped}\n`
    text += `# TYPE ${name} ${type}\n${lines.join('\n')}\n`
  }
  return isOpen ? `${text}# EOF\n` : text
}

// The SDK's DataPointType, whose values are part of its public API: HISTOGRAM 0,
// EXPONENTIAL_HISTOGRAM 1, GAUGE 2, SUM 3.
function kindOf(metric: MetricData): Kind | undefined {
  switch (Number(metric.dataPointType)) {
    case 0:
      return 'histogram'
    case 2:
      return 'gauge'
    case 3:
      return (metric as { isMonotonic?: boolean }).isMonotonic ? 'counter' : 'upDownCounter'
    default:
      return undefined
  }
}

/** In OpenMetrics the name of a family has no suffix. */
const familyName = (name: string, type: Family['type']) =>
  name.replace(type === 'counter' ? /_total$/ : type === 'info' ? /_info$/ : /$/, '')

const sampleNames = (name: string, type: Family['type'], isOpen: boolean): readonly string[] =>
  type === 'histogram'
    ? [name, `${name}_bucket`, `${name}_sum`, `${name}_count`]
    : isOpen
      ? [name, familyName(name, type)]
      : [name]

interface SampleOptions {
  readonly scopeLabelPairs: readonly Pair[]
  readonly isOpen: boolean
  readonly onClash: (name: string, reason: string) => void
}

function addSamples(
  family: Family,
  { dataPoints, descriptor }: MetricData,
  { scopeLabelPairs, isOpen, onClash }: SampleOptions,
): void {
  const { name, type, lines, seen } = family
  // Labels that the format itself defines must not come from a measurement.
  const reserved = new Set([
    ...scopeLabelPairs.map(([label]) => label),
    ...(type === 'histogram' ? ['le'] : []),
  ])
  for (const { attributes, value } of dataPoints) {
    const labels = joinPairs([
      ...pairsOf(attributes).filter(([label]) => !reserved.has(label)),
      ...scopeLabelPairs,
    ])
    if (seen.has(labels)) {
      onClash(descriptor.name, `${name} already has a series with the same labels`)
      continue
    }
    seen.add(labels)
    if (typeof value === 'number') {
      lines.push(`${labels === '' ? name : `${name}{${labels}}`} ${formatNumber(value)}`)
      continue
    }
    if (!('buckets' in value)) continue
    const { boundaries, counts } = value.buckets
    const exemplars = isOpen ? (value as HistogramValue).exemplars : undefined
    const before = labels === '' ? '' : `${labels},`
    let cumulative = 0
    for (const [i, bound] of boundaries.entries()) {
      cumulative += counts[i] ?? 0
      lines.push(
        `${name}_bucket{${before}le="${formatNumber(bound)}"} ${cumulative}${exemplarText(exemplars?.[i])}`,
      )
    }
    const braced = labels === '' ? '' : `{${labels}}`
    const last = exemplarText(exemplars?.[boundaries.length])
    lines.push(`${name}_bucket{${before}le="+Inf"} ${value.count}${last}`)
    // OpenMetrics has no sum where values may be negative: it could become smaller.
    const hasSum = value.sum !== undefined && !(isOpen && (boundaries[0] ?? 0) < 0)
    if (hasSum) lines.push(`${name}_sum${braced} ${formatNumber(value.sum as number)}`)
    lines.push(`${name}_count${braced} ${value.count}`)
  }
}

const escapeHelp = (text: string) => text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n')

/** The trace of a bucket, in OpenMetrics. */
const exemplarText = (exemplar: Exemplar | undefined) =>
  exemplar === undefined
    ? ''
    : ` # {trace_id="${exemplar.traceId}",span_id="${exemplar.spanId}"} ${formatNumber(exemplar.value)} ${exemplar.timeMs / 1000}`
