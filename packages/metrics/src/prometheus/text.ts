import type { MetricData, ResourceMetrics } from '@opentelemetry/sdk-metrics'
import { type Kind, labelName, metricName } from './names.ts'

export interface TextOptions {
  /** Whether each series has the labels of its instrumentation scope. */
  readonly scopeLabels: boolean
  /** Called for each metric or series that is left out, such as when another one has its name. */
  readonly onClash?: (name: string, reason: string) => void
}

interface Family {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly lines: string[]
  /** The label sets so far: the format allows each one once. */
  readonly seen: Set<string>
}

/**
 * Prometheus text, version 0.0.4: https://prometheus.io/docs/instrumenting/exposition_formats/.
 * Names and units are the same as when the metrics are pushed to an OpenTelemetry Collector.
 */
export function prometheusText(
  { resource, scopeMetrics }: Pick<ResourceMetrics, 'resource' | 'scopeMetrics'>,
  { scopeLabels, onClash = () => {} }: TextOptions,
): string {
  const families = new Map<string, Family>()
  // The family of each sample name: a histogram has several names.
  const owners = new Map<string, Family>()
  const target = pairsOf(resource.attributes)
  if (target.length > 0) {
    const labels = join(target)
    const info: Family = {
      name: 'target_info',
      type: 'gauge',
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
      const owner = sampleNames(name, type)
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
      for (const sample of sampleNames(name, type)) owners.set(sample, family)
      addSamples(family, metric, scopeLabelPairs, onClash)
    }
  }
  let text = ''
  for (const { name, type, help, lines } of families.values()) {
    if (lines.length === 0) continue
    if (help !== '') text += `# HELP ${name} ${escapeHelp(help)}\n`
    text += `# TYPE ${name} ${type}\n${lines.join('\n')}\n`
  }
  return text
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

const sampleNames = (name: string, type: Family['type']): readonly string[] =>
  type === 'histogram' ? [name, `${name}_bucket`, `${name}_sum`, `${name}_count`] : [name]

type Pair = readonly [name: string, value: string]

function addSamples(
  family: Family,
  { dataPoints, descriptor }: MetricData,
  scopeLabelPairs: readonly Pair[],
  onClash: (name: string, reason: string) => void,
): void {
  const { name, type, lines, seen } = family
  // Labels that the format itself defines must not come from a measurement.
  const reserved = new Set([
    ...scopeLabelPairs.map(([label]) => label),
    ...(type === 'histogram' ? ['le'] : []),
  ])
  for (const { attributes, value } of dataPoints) {
    const labels = join([
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
    const before = labels === '' ? '' : `${labels},`
    let cumulative = 0
    for (const [i, bound] of boundaries.entries()) {
      cumulative += counts[i] ?? 0
      lines.push(`${name}_bucket{${before}le="${formatNumber(bound)}"} ${cumulative}`)
    }
    const braced = labels === '' ? '' : `{${labels}}`
    lines.push(`${name}_bucket{${before}le="+Inf"} ${value.count}`)
    if (value.sum !== undefined) lines.push(`${name}_sum${braced} ${formatNumber(value.sum)}`)
    lines.push(`${name}_count${braced} ${value.count}`)
  }
}

/**
 * Labels, sorted by name. If two names become one, their values are joined by semicolons, in the
 * order of the original names.
 */
function pairsOf(attributes: Readonly<Record<string, unknown>>): Pair[] {
  const pairs = new Map<string, string>()
  for (const key of Object.keys(attributes).sort()) {
    const value = attributes[key]
    const name = labelName(key)
    if (name === undefined || name === '__name__' || value === undefined || value === null) continue
    const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
    const other = pairs.get(name)
    pairs.set(name, other === undefined ? text : `${other};${text}`)
  }
  return [...pairs].sort(([a], [b]) => (a < b ? -1 : 1))
}

function scopePairs(scope: { name: string; version?: string; schemaUrl?: string }): Pair[] {
  const pairs: Pair[] = [['otel_scope_name', scope.name]]
  if (scope.version) pairs.push(['otel_scope_version', scope.version])
  if (scope.schemaUrl) pairs.push(['otel_scope_schema_url', scope.schemaUrl])
  return pairs
}

const join = (pairs: readonly Pair[]) =>
  pairs.map(([name, value]) => `${name}="${escapeValue(value)}"`).join(',')

const escapeHelp = (text: string) => text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n')

const escapeValue = (text: string) =>
  text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(/"/g, '\\"')

/**
 * Formats a number as Go does (`strconv.FormatFloat(f, 'g', -1, 64)`): a bucket such as
 * `le="1e-05"` must be the same series, pushed or pulled.
 */
export function formatNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (value === Infinity) return '+Inf'
  if (value === -Infinity) return '-Inf'
  if (Object.is(value, -0)) return '-0'
  const size = Math.abs(value)
  // Go switches to an exponent here, not at 1e21 as JavaScript does.
  if (size !== 0 && (size < 1e-4 || size >= 1e6)) {
    const [digits = '', exponent = '0'] = value.toExponential().split('e')
    const sign = exponent.startsWith('-') ? '-' : '+'
    return `${digits}e${sign}${exponent.replace(/^[+-]/, '').padStart(2, '0')}`
  }
  return String(value)
}
