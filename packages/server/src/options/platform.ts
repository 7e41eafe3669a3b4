import type { ShutdownOptions } from './options.ts'

/** Platforms that put a load balancer in front, by a variable that they set. */
const platforms: Readonly<Record<string, string>> = {
  ECS_CONTAINER_METADATA_URI_V4: 'Amazon ECS',
  ECS_CONTAINER_METADATA_URI: 'Amazon ECS',
  NOMAD_ALLOC_ID: 'Nomad',
  FLY_APP_NAME: 'Fly.io',
  K_SERVICE: 'Cloud Run',
  DYNO: 'Heroku',
  RENDER: 'Render',
  RAILWAY_ENVIRONMENT: 'Railway',
}

/** Whether a load balancer is likely to send requests to a port that is already closed. */
export function drainHint({ drainDelayMs }: ShutdownOptions): string | undefined {
  if (drainDelayMs !== 0) return undefined
  const variable = Object.keys(platforms).find((name) => process.env[name] !== undefined)
  const isProduction = process.env['NODE_ENV'] === 'production'
  if (variable === undefined && !isProduction) return undefined
  const where = variable === undefined ? 'in production' : `on ${platforms[variable]}`
  return `no drain delay ${where}: a load balancer that learns late of a restart loses requests; set shutdown.drainDelayMs to the time it needs, or to 0 if there is none`
}
