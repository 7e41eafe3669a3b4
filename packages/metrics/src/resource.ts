import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { Labels } from './attributes.ts'
import type { Environment } from './environment.ts'

const instanceKey = Symbol.for('@clew/instance/v1')

/** One for the process: spans and metrics of it must have the same. */
function instanceId(): string {
  const holder = globalThis as { [instanceKey]?: string }
  holder[instanceKey] ??= randomUUID()
  return holder[instanceKey]
}

/**
 * Who measures, by the semantic conventions. No detectors: they tell the command line and the owner of the process, which are nobody's
 * business. The environment wins over the code, and the code over what is found out here.
 */
export function resourceOf(
  service: { readonly name: string; readonly version?: string },
  resource: Labels | undefined,
  environment: Environment,
): Labels {
  return {
    'host.name': hostname(),
    'process.pid': process.pid,
    'process.runtime.name': 'nodejs',
    'process.runtime.version': process.versions.node,
    'telemetry.distro.name': '@clew/metrics',
    'service.instance.id': instanceId(),
    'service.name': service.name,
    ...(service.version === undefined ? {} : { 'service.version': service.version }),
    ...resource,
    ...environment.resource,
    ...(environment.serviceName === undefined ? {} : { 'service.name': environment.serviceName }),
  }
}
