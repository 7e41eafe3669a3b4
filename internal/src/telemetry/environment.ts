import type { Report } from '../reports/reporter.ts'
import { headerRule, type ParsedHeaders, parseHeaders } from './otlp-headers.ts'
import { variable } from './variable.ts'

export { variable } from './variable.ts'

/**
 * A variable of the OTLP exporters, without its prefix: which values are valid, and their
 * description for messages.
 */
export interface OtlpVariable {
  readonly fits: (value: string) => boolean
  readonly expected: string
}

const isPositiveInt32 = (value: string) => {
  const parsed = Number(value)
  return Number.isInteger(parsed) && parsed >= 1 && parsed < 2 ** 31
}

// gRPC also takes an address without a scheme, such as collector:4317.
const isEndpoint = (value: string) =>
  URL.canParse(value.includes('://') ? value : `https://${value}`)

const positiveMilliseconds = 'an integer of milliseconds, at least 1'

// OpenTelemetry's exporters silently ignore invalid values of these, or throw.
const otlpVariables: Readonly<Record<string, OtlpVariable>> = {
  COMPRESSION: { fits: (value) => value === 'none' || value === 'gzip', expected: 'none or gzip' },
  TIMEOUT: { fits: isPositiveInt32, expected: positiveMilliseconds },
  ENDPOINT: { fits: isEndpoint, expected: 'a URL' },
}

/**
 * Reads `OTEL_EXPORTER_OTLP_*` for one signal. The signal's own variable takes precedence; an
 * invalid value counts as not set.
 */
export class OtlpEnvironment {
  private readonly prefixes: readonly string[]
  private readonly known: Readonly<Record<string, OtlpVariable>>
  private readonly env: NodeJS.ProcessEnv

  constructor(
    signal: 'TRACES' | 'METRICS',
    extra: Readonly<Record<string, OtlpVariable>> = {},
    env: NodeJS.ProcessEnv = process.env,
  ) {
    this.prefixes = [`OTEL_EXPORTER_OTLP_${signal}_`, 'OTEL_EXPORTER_OTLP_']
    this.known = { ...otlpVariables, ...extra }
    this.env = env
  }

  value(name: string): string | undefined {
    for (const prefix of this.prefixes) {
      const value = variable(prefix + name, this.env)
      if (value !== undefined && this.known[name]?.fits(value) !== false) return value
    }
    return undefined
  }

  isSet(name: string): boolean {
    return this.value(name) !== undefined
  }

  /** Whether the value is from the variable of this signal alone. */
  isOwn(name: string): boolean {
    const own = variable(this.prefixes[0] + name, this.env)
    return own !== undefined && own === this.value(name)
  }

  /** The headers of both variables. Those that no protocol can send are left out. */
  headers(): ParsedHeaders {
    const [own, common] = this.headerVariables().map(({ value }) => parseHeaders(value))
    return {
      headers: { ...common?.headers, ...own?.headers },
      hasIllegal: own?.hasIllegal === true || common?.hasIllegal === true,
    }
  }

  /**
   * Calls `create`, which is synchronous, while the variables with headers are not set: the
   * exporters of OpenTelemetry read them, and throw when one header is illegal.
   */
  withoutHeaders<T>(create: () => T): T {
    const variables = this.headerVariables()
    try {
      for (const { name } of variables) delete this.env[name]
      return create()
    } finally {
      for (const { name, value } of variables) if (value !== undefined) this.env[name] = value
    }
  }

  private headerVariables(): { readonly name: string; readonly value: string | undefined }[] {
    return this.prefixes.map((prefix) => {
      const name = `${prefix}HEADERS`
      return { name, value: this.env[name] }
    })
  }

  /** Reports every invalid value. */
  check(wrong: (name: string, expected: string) => void): void {
    for (const [name, { fits, expected }] of Object.entries(this.known)) {
      for (const prefix of this.prefixes) {
        const value = variable(prefix + name, this.env)
        if (value !== undefined && !fits(value)) wrong(prefix + name, expected)
      }
    }
    for (const { name, value } of this.headerVariables()) {
      if (parseHeaders(value).hasIllegal) wrong(`a part of ${name}`, headerRule)
    }
  }
}

/** Reads `OTEL_*`. An invalid value is reported and ignored, as the specification requires. */
export class EnvironmentReader {
  private readonly type: string
  private readonly report: (report: Report) => void
  readonly env: NodeJS.ProcessEnv

  /** @param type - the type of the reports, such as `trace.environment` */
  constructor(
    type: string,
    report: (report: Report) => void,
    env: NodeJS.ProcessEnv = process.env,
  ) {
    this.type = type
    this.report = report
    this.env = env
  }

  get(name: string): string | undefined {
    return variable(name, this.env)
  }

  readonly wrong = (name: string, expected: string): void => {
    this.warn(name, `${name} is ignored: expected ${expected}`)
  }

  private warn(name: string, message: string): void {
    this.report({ type: this.type, level: 'warn', message, fields: { variable: name } })
  }

  integer(
    name: string,
    min: number,
    expected = `an integer of at least ${min}`,
  ): number | undefined {
    const value = this.get(name)
    if (value === undefined) return undefined
    const parsed = Number(value)
    if (Number.isInteger(parsed) && parsed >= min && parsed < 2 ** 31) return parsed
    this.wrong(name, expected)
    return undefined
  }

  milliseconds(name: string, min: number): number | undefined {
    return this.integer(name, min, `an integer of milliseconds, at least ${min}`)
  }

  /** The known items of a comma-separated list, without duplicates; undefined if there are none. */
  list<T extends string>(name: string, known: readonly T[], hint = ''): readonly T[] | undefined {
    const items = [
      ...new Set(
        this.get(name)
          ?.split(',')
          .map((item) => item.trim()),
      ),
    ]
    const isKnown = (item: string): item is T => (known as readonly string[]).includes(item)
    const unknown = items.find((item) => !isKnown(item))
    if (unknown !== undefined) {
      const shown = JSON.stringify(unknown.slice(0, 40))
      this.warn(name, `${name}: ${shown} is not supported; known are ${known.join(', ')}${hint}`)
    }
    const supported = items.filter(isKnown)
    return supported.length > 0 ? supported : undefined
  }

  /**
   * Reports variables that only OpenTelemetry's Node SDK supports: configuration files and
   * detectors.
   */
  checkUnsupported(): void {
    if (this.get('OTEL_CONFIG_FILE') !== undefined) {
      this.wrong(
        'OTEL_CONFIG_FILE',
        'single OTEL_* variables; a file needs @opentelemetry/sdk-node',
      )
    }
    if (!['none', 'env', undefined].includes(this.get('OTEL_NODE_RESOURCE_DETECTORS'))) {
      this.wrong(
        'OTEL_NODE_RESOURCE_DETECTORS',
        'none or env; OTEL_RESOURCE_ATTRIBUTES takes the rest',
      )
    }
  }

  isDisabled(): boolean {
    return this.get('OTEL_SDK_DISABLED')?.toLowerCase() === 'true'
  }
}
