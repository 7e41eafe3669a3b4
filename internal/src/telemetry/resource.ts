import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { Attributes, AttributeValue } from '@opentelemetry/api'
import type { OptionCheck } from '../options/check.ts'
import { detectResource } from './detectors.ts'
import type { EnvironmentReader } from './environment.ts'

const instanceKey: unique symbol = Symbol.for('@clew/instance/v1') as never

/** One per process: spans and metrics must have the same. */
function instanceId(): string {
  const globals = globalThis as { [instanceKey]?: string }
  globals[instanceKey] ??= randomUUID()
  return globals[instanceKey]
}

/** The name and version of the service. */
export interface Service {
  readonly name: string
  readonly version?: string | undefined
}

/**
 * The option `resource`. One value that cannot be exported would fail every batch, so it is refused.
 *
 * @returns a copy without what is undefined or null
 */
export function resourceOption(check: OptionCheck<string>, value: object): Attributes {
  const attributes: Attributes = {}
  for (const [name, given] of Object.entries<AttributeValue | null | undefined>({
    ...check.object('resource', value),
  })) {
    if (given === undefined || given === null) continue
    const items = Array.isArray(given) ? given : [given]
    if (!items.every(isPrimitive)) {
      const expected = 'a string, a number, a boolean or an array of them'
      throw check.error(`resource[${JSON.stringify(name)}]`, expected, given)
    }
    attributes[name] = given
  }
  return attributes
}

const isPrimitive = (value: unknown) => ['string', 'number', 'boolean'].includes(typeof value)

/**
 * The resource, named after the semantic conventions. The detectors of OpenTelemetry are not used:
 * they report the command line, which may hold secrets, run commands and ask the network. The
 * environment takes precedence over the code, and the code over what is detected here.
 * @param isDetecting - whether container, Kubernetes and cloud are detected
 */
export function resourceOf(
  service: Service,
  given: Attributes,
  environment: Attributes,
  isDetecting: boolean,
): Attributes {
  const detected: Attributes = {
    ...(isDetecting ? detectResource() : {}),
    'host.name': hostname(),
    'process.pid': process.pid,
    'process.runtime.name': 'nodejs',
    'process.runtime.version': process.versions.node,
    'service.instance.id': instanceId(),
    'service.name': service.name,
  }
  if (service.version !== undefined) detected['service.version'] = service.version
  return { ...detected, ...given, ...environment }
}

/**
 * `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_SERVICE_NAME`. The format is that of baggage:
 * comma-separated name=value pairs with percent-encoded values. One invalid pair, and the whole
 * variable is ignored.
 */
export function resourceFrom(reader: EnvironmentReader): Attributes {
  const attributes: Attributes = {}
  for (const pair of reader.get('OTEL_RESOURCE_ATTRIBUTES')?.split(',') ?? []) {
    if (pair.trim() === '') continue
    const at = pair.indexOf('=')
    const name = pair.slice(0, at).trim()
    try {
      if (at < 1 || name === '') throw new Error('not a pair')
      attributes[decodeURIComponent(name)] = decodeURIComponent(pair.slice(at + 1).trim())
    } catch {
      const expected = 'name=value pairs between commas, values percent-encoded'
      reader.wrong('OTEL_RESOURCE_ATTRIBUTES', expected)
      return serviceFrom(reader)
    }
  }
  return { ...attributes, ...serviceFrom(reader) }
}

function serviceFrom(reader: EnvironmentReader): Attributes {
  const name = reader.get('OTEL_SERVICE_NAME')
  return name === undefined ? {} : { 'service.name': name }
}
