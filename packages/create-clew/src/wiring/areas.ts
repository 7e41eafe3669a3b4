/** What can be added, each by the package of the same name. */
export const areas = [
  'log',
  'trace',
  'metrics',
  'health',
  'debug',
  'security',
  'server',
  'config',
] as const

export type Area = (typeof areas)[number]

/** What is chosen unless somebody chooses: nothing of it changes an answer. */
export const usualAreas: readonly Area[] = ['log', 'trace', 'metrics', 'health', 'server']

export const areaTitles: Readonly<Record<Area, string>> = {
  log: 'structured logs, held back until a request fails',
  trace: 'OpenTelemetry traces over OTLP',
  metrics: 'OpenTelemetry metrics, for Prometheus',
  health: 'liveness and readiness',
  debug: 'debug logs on demand, CPU and heap profiles',
  security: 'an API key for every route, until you declare otherwise',
  server: 'graceful stop, timeouts, an admin listener',
  config: 'typed configuration from the environment',
}

export function isArea(name: string): name is Area {
  return (areas as readonly string[]).includes(name)
}

export function packageOf(area: Area): string {
  return `@clew/${area}`
}
