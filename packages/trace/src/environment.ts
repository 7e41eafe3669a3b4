import type { Report } from './reports.ts'
import { always, never, parentBased, ratio, type Sampler } from './sampler.ts'

/** What `OTEL_*` says, read once by `configure`. A value that makes no sense is reported and ignored, as the specification asks. */
export interface Environment {
  readonly disabled: boolean
  readonly exporters?: readonly ('otlp' | 'console' | 'none')[]
  readonly sampler?: Sampler
  readonly propagators?: readonly ('tracecontext' | 'baggage')[]
  /** How much of what OpenTelemetry itself says goes to stderr: DiagLogLevel of the api. */
  readonly logLevel?: number
  readonly queue: {
    readonly delayMs?: number
    readonly exportTimeoutMs?: number
    readonly maxQueueSize?: number
    readonly maxBatchSize?: number
  }
}

type Say = (report: Report) => void

/** The value, or undefined where it is not set or blank. */
export function variable(name: string, env: NodeJS.ProcessEnv = process.env): string | undefined {
  return env[name]?.trim() || undefined
}

/** The value of the variable for traces, else of the one for all signals. */
export function otlpValue(name: string, env: NodeJS.ProcessEnv = process.env): string | undefined {
  return (
    variable(`OTEL_EXPORTER_OTLP_TRACES_${name}`, env) ??
    variable(`OTEL_EXPORTER_OTLP_${name}`, env)
  )
}

export function readEnvironment(say: Say, env: NodeJS.ProcessEnv = process.env): Environment {
  const wrong = (name: string, expected: string) =>
    say({
      type: 'trace.environment',
      level: 'warn',
      message: `${name} is ignored: expected ${expected}`,
      fields: { variable: name },
    })

  const number = (name: string, min: number) => {
    const value = variable(name, env)
    if (value === undefined) return undefined
    const parsed = Number(value)
    if (Number.isInteger(parsed) && parsed >= min) return parsed
    wrong(name, `an integer of at least ${min}`)
    return undefined
  }

  const list = <T extends string>(name: string, known: readonly T[], hint = '') => {
    const value = variable(name, env)
    if (value === undefined) return undefined
    const items = [...new Set(value.split(',').map((item) => item.trim()))]
    const usable = items.filter((item): item is T => known.includes(item as T))
    const other = items.find((item) => !known.includes(item as T))
    if (other !== undefined) {
      say({
        type: 'trace.environment',
        level: 'warn',
        message: `${name}: ${JSON.stringify(other.slice(0, 40))} is not supported; known are ${known.join(', ')}${hint}`,
        fields: { variable: name },
      })
    }
    return usable
  }

  if (variable('OTEL_CONFIG_FILE', env) !== undefined) {
    wrong('OTEL_CONFIG_FILE', 'single OTEL_* variables; a file needs @opentelemetry/sdk-node')
  }
  if (!['none', 'env', undefined].includes(variable('OTEL_NODE_RESOURCE_DETECTORS', env))) {
    wrong('OTEL_NODE_RESOURCE_DETECTORS', 'none or env; OTEL_RESOURCE_ATTRIBUTES takes the rest')
  }
  const logLevel = logLevelFrom(env, wrong)
  const exporters = list('OTEL_TRACES_EXPORTER', ['otlp', 'console', 'none'] as const)
  const propagators = list(
    'OTEL_PROPAGATORS',
    ['tracecontext', 'baggage', 'none'] as const,
    '; give others to the option propagators',
  )
  const sampler = samplerFrom(env, wrong)
  const delayMs = number('OTEL_BSP_SCHEDULE_DELAY', 0)
  const exportTimeoutMs = number('OTEL_BSP_EXPORT_TIMEOUT', 1)
  const maxQueueSize = number('OTEL_BSP_MAX_QUEUE_SIZE', 1)
  const maxBatchSize = number('OTEL_BSP_MAX_EXPORT_BATCH_SIZE', 1)
  return {
    disabled: variable('OTEL_SDK_DISABLED', env)?.toLowerCase() === 'true',
    ...(exporters && exporters.length > 0 ? { exporters } : {}),
    ...(propagators && propagators.length > 0
      ? { propagators: propagators.filter((name) => name !== 'none') }
      : {}),
    ...(sampler ? { sampler } : {}),
    ...(logLevel === undefined ? {} : { logLevel }),
    queue: {
      ...(delayMs === undefined ? {} : { delayMs }),
      ...(exportTimeoutMs === undefined ? {} : { exportTimeoutMs }),
      ...(maxQueueSize === undefined ? {} : { maxQueueSize }),
      ...(maxBatchSize === undefined ? {} : { maxBatchSize }),
    },
  }
}

const logLevels = { none: 0, error: 30, warn: 50, info: 60, debug: 70, verbose: 80, all: 9999 }

function logLevelFrom(
  env: NodeJS.ProcessEnv,
  wrong: (name: string, expected: string) => void,
): number | undefined {
  const name = variable('OTEL_LOG_LEVEL', env)?.toLowerCase()
  if (name === undefined) return undefined
  if (Object.hasOwn(logLevels, name)) return logLevels[name as keyof typeof logLevels]
  wrong('OTEL_LOG_LEVEL', Object.keys(logLevels).join(', '))
  return undefined
}

function samplerFrom(
  env: NodeJS.ProcessEnv,
  wrong: (name: string, expected: string) => void,
): Sampler | undefined {
  const name = variable('OTEL_TRACES_SAMPLER', env)
  const share = () => {
    const value = variable('OTEL_TRACES_SAMPLER_ARG', env)
    if (value === undefined) return 1
    const parsed = Number(value)
    if (parsed >= 0 && parsed <= 1) return parsed
    wrong('OTEL_TRACES_SAMPLER_ARG', 'a number from 0 to 1')
    return 1
  }
  switch (name) {
    case undefined:
      return undefined
    case 'always_on':
      return always
    case 'always_off':
      return never
    case 'traceidratio':
      return ratio(share())
    case 'parentbased_always_on':
      return parentBased(always)
    case 'parentbased_always_off':
      return parentBased(never)
    case 'parentbased_traceidratio':
      return parentBased(ratio(share()))
    default:
      wrong(
        'OTEL_TRACES_SAMPLER',
        'always_on, always_off, traceidratio, or one of these after parentbased_',
      )
      return undefined
  }
}
