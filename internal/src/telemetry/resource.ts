import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { Attributes } from '@opentelemetry/api'
import type { EnvironmentReader } from './environment.ts'

const instanceKey: unique symbol = Symbol.for('@clew/instance/v1') as never

/** One for the process: its spans and its metrics must have the same. */
function instanceId(): string {
  const home = globalThis as { [instanceKey]?: string }
  home[instanceKey] ??= randomUUID()
  return home[instanceKey]
}

/** Name and version of the service. */
export interface Service {
  readonly name: string
  readonly version?: string | undefined
}

/**
 * Who emits, by the semantic conventions. No detectors: they report the command line, with the secrets in it, and run commands. What
 * the environment says wins over the code, and the code over what is found out here.
 */
export function resourceOf(
  service: Service,
  given: Attributes,
  environment: Attributes,
): Attributes {
  const own: Attributes = {
    'host.name': hostname(),
    'process.pid': process.pid,
    'process.runtime.name': 'nodejs',
    'process.runtime.version': process.versions.node,
    'service.instance.id': instanceId(),
    'service.name': service.name,
  }
  if (service.version !== undefined) own['service.version'] = service.version
  return { ...own, ...given, ...environment }
}

/**
 * `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_SERVICE_NAME`. The grammar is that of baggage: name=value pairs between commas, values
 * percent-encoded; one wrong pair, and the whole variable is ignored.
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
