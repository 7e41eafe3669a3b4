import { LOG_LEVELS } from './diagnostics.ts'
import type { Report } from './reports.ts'

/** What `OTEL_*` says, read once by `configure`. A value that makes no sense is reported and ignored, as the specification asks. */
export interface Environment {
  readonly disabled: boolean
  readonly exporters?: readonly ('otlp' | 'console' | 'prometheus' | 'none')[]
  readonly intervalMs?: number
  readonly exportTimeoutMs?: number
  /** How much of what OpenTelemetry itself says goes to stderr. */
  readonly logLevel?: number
  readonly serviceName?: string
  readonly resource: Readonly<Record<string, string>>
}

/** The value, or undefined where it is not set or blank. */
export function variable(name: string, env: NodeJS.ProcessEnv = process.env): string | undefined {
  return env[name]?.trim() || undefined
}

/** The value of the variable for metrics, else of the one for all signals; one that makes no sense counts as not set. */
export function otlpValue(name: string, env: NodeJS.ProcessEnv = process.env): string | undefined {
  return PREFIXES.map((prefix) => variable(prefix + name, env)).find(
    (value) => value !== undefined && OTLP.every(([of, fits]) => of !== name || fits(value)),
  )
}

const PREFIXES = ['OTEL_EXPORTER_OTLP_METRICS_', 'OTEL_EXPORTER_OTLP_']

const oneOf =
  (...values: readonly string[]) =>
  (value: string) =>
    values.includes(value.toLowerCase())

const isTime = (value: string) => {
  const parsed = Number(value)
  return Number.isInteger(parsed) && parsed >= 1 && parsed < 2 ** 31
}
const A_TIME = 'a whole number of milliseconds, at least 1'

// What the exporters ignore without a word when they do not know it.
const OTLP: readonly (readonly [
  name: string,
  fits: (value: string) => boolean,
  expected: string,
])[] = [
  [
    'TEMPORALITY_PREFERENCE',
    oneOf('cumulative', 'delta', 'lowmemory'),
    'cumulative, delta or lowmemory',
  ],
  [
    'DEFAULT_HISTOGRAM_AGGREGATION',
    oneOf('explicit_bucket_histogram', 'base2_exponential_bucket_histogram'),
    'explicit_bucket_histogram or base2_exponential_bucket_histogram',
  ],
  ['COMPRESSION', (value) => value === 'none' || value === 'gzip', 'none or gzip'],
  ['TIMEOUT', isTime, A_TIME],
]

const EXPORTERS = ['otlp', 'console', 'prometheus', 'none'] as const

export function readEnvironment(
  say: (report: Report) => void,
  env: NodeJS.ProcessEnv = process.env,
): Environment {
  const wrong = (name: string, expected: string) =>
    say({
      type: 'metrics.environment',
      level: 'warn',
      message: `${name} is ignored: expected ${expected}`,
      fields: { variable: name },
    })

  const milliseconds = (name: string) => {
    const value = variable(name, env)
    if (value === undefined) return undefined
    if (isTime(value)) return Number(value)
    wrong(name, A_TIME)
    return undefined
  }

  if (variable('OTEL_CONFIG_FILE', env) !== undefined) {
    wrong('OTEL_CONFIG_FILE', 'single OTEL_* variables; a file needs @opentelemetry/sdk-node')
  }
  if (!['none', 'env', undefined].includes(variable('OTEL_NODE_RESOURCE_DETECTORS', env))) {
    wrong('OTEL_NODE_RESOURCE_DETECTORS', 'none or env; OTEL_RESOURCE_ATTRIBUTES takes the rest')
  }
  const level = variable('OTEL_LOG_LEVEL', env)?.toLowerCase()
  const logLevel =
    level !== undefined && Object.hasOwn(LOG_LEVELS, level)
      ? LOG_LEVELS[level as keyof typeof LOG_LEVELS]
      : undefined
  if (level !== undefined && logLevel === undefined) {
    wrong('OTEL_LOG_LEVEL', Object.keys(LOG_LEVELS).join(', '))
  }
  for (const [name, fits, expected] of OTLP) {
    for (const prefix of PREFIXES) {
      const value = variable(prefix + name, env)
      if (value !== undefined && !fits(value)) wrong(prefix + name, expected)
    }
  }
  if ((variable('OTEL_METRICS_EXEMPLAR_FILTER', env) ?? 'always_off') !== 'always_off') {
    wrong('OTEL_METRICS_EXEMPLAR_FILTER', 'always_off; the SDK collects no exemplars')
  }
  for (const name of ['OTEL_EXPORTER_PROMETHEUS_HOST', 'OTEL_EXPORTER_PROMETHEUS_PORT']) {
    if (variable(name, env) !== undefined) {
      wrong(name, 'nothing; the handler is served where the application puts it')
    }
  }
  const named = variable('OTEL_METRICS_EXPORTER', env)
    ?.split(',')
    .map((name) => name.trim())
  const exporters = EXPORTERS.filter((name) => named?.includes(name))
  if (named && exporters.length < new Set(named).size) {
    wrong('OTEL_METRICS_EXPORTER', `a list of ${EXPORTERS.join(', ')}`)
  }
  const intervalMs = milliseconds('OTEL_METRIC_EXPORT_INTERVAL')
  const exportTimeoutMs = milliseconds('OTEL_METRIC_EXPORT_TIMEOUT')
  const serviceName = variable('OTEL_SERVICE_NAME', env)
  return {
    disabled: variable('OTEL_SDK_DISABLED', env)?.toLowerCase() === 'true',
    ...(exporters.length > 0 ? { exporters } : {}),
    ...(intervalMs === undefined ? {} : { intervalMs }),
    ...(exportTimeoutMs === undefined ? {} : { exportTimeoutMs }),
    ...(logLevel === undefined ? {} : { logLevel }),
    ...(serviceName === undefined ? {} : { serviceName }),
    resource: resourceFrom(variable('OTEL_RESOURCE_ATTRIBUTES', env), wrong),
  }
}

// Baggage's grammar: name=value pairs between commas, values percent-encoded. One wrong pair: the whole variable is ignored (resource SDK).
function resourceFrom(
  text: string | undefined,
  wrong: (name: string, expected: string) => void,
): Record<string, string> {
  const attributes: Record<string, string> = {}
  for (const pair of text?.split(',') ?? []) {
    if (pair.trim() === '') continue
    const at = pair.indexOf('=')
    const name = pair.slice(0, at).trim()
    try {
      if (at < 1 || name === '') throw new Error('not a pair')
      attributes[decodeURIComponent(name)] = decodeURIComponent(pair.slice(at + 1).trim())
    } catch {
      wrong('OTEL_RESOURCE_ATTRIBUTES', 'name=value pairs between commas, values percent-encoded')
      return {}
    }
  }
  return attributes
}
