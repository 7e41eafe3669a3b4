import type { Area } from './areas.ts'

const notes: Partial<Readonly<Record<Area, string>>> = {
  trace: 'Spans go to OTEL_EXPORTER_OTLP_ENDPOINT, or to http://localhost:4317.',
  metrics: 'Prometheus scrapes /metrics of the admin listener, or of port 9464.',
  health: 'Readiness: name what the service cannot work without in health.checker([…]).',
  security:
    'API_KEYS is a JSON array of records of security.issueApiKey({ owner }). Without it, every request is answered 401.',
  config:
    'config.loadOrExit returns what it has read: use it in place of process.env, and declare the variables that three lines had no room for.',
}

/** What somebody should know who has just added these areas. */
export function notesOn(areas: readonly Area[]): readonly string[] {
  return areas.flatMap((area) => notes[area] ?? [])
}

/** pnpm asks about the install script of a dependency of gRPC, which is not needed. */
export const pnpmNote = 'pnpm-workspace.yaml: add allowBuilds: { protobufjs: false }.'
