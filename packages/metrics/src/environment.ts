import type { Report } from './reports.ts'

/** What `OTEL_*` says, read once by `configure`. A value that makes no sense is reported and ignored, as the specification asks. */
export interface Environment {
  readonly disabled: boolean
  readonly exporters?: readonly ('otlp' | 'console' | 'prometheus' | 'none')[]
  readonly intervalMs?: number
  readonly exportTimeoutMs?: number
  readonly serviceName?: string
  readonly resource: Readonly<Record<string, string>>
}

/** The value, or undefined where it is not set or blank. */
export function variable(name: string, env: NodeJS.ProcessEnv = process.env): string | undefined {
  return env[name]?.trim() || undefined
}

/** The value of the variable for metrics, else of the one for all signals. */
export function otlpValue(name: string, env: NodeJS.ProcessEnv = process.env): string | undefined {
  return (
    variable(`OTEL_EXPORTER_OTLP_METRICS_${name}`, env) ??
    variable(`OTEL_EXPORTER_OTLP_${name}`, env)
  )
}

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
    const parsed = Number(value)
    if (Number.isInteger(parsed) && parsed >= 1 && parsed < 2 ** 31) return parsed
    wrong(name, 'a whole number of milliseconds, at least 1')
    return undefined
  }

  if (variable('OTEL_CONFIG_FILE', env) !== undefined) {
    wrong('OTEL_CONFIG_FILE', 'single OTEL_* variables; a file needs @opentelemetry/sdk-node')
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
