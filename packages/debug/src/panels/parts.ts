import { offered } from '@clew/internal/observers/source'

/** What a panel says where the part is missing that it shows. */
export const advice = {
  requests:
    'Requests are seen by @clew/server, and by http() of @clew/log, @clew/trace and @clew/metrics in front of the routes.',
  lines: 'Lines are those of @clew/log, of whatever logger it made.',
  spans:
    'Spans are those of @clew/trace: trace.configure() with an exporter. Only sampled ones are recorded.',
  health: 'The state of dependencies is that of @clew/health: health.checker([…]).',
  security: 'Routes and decisions are those of @clew/security: security.create({ … }).',
  configuration: 'Values and their sources are those of @clew/config: config.load({ … }).',
} as const

/** Whether a package of this process has been loaded that keeps its state under this symbol. */
export const isLoaded = (symbol: string): boolean => Symbol.for(symbol) in globalThis

/** What the sources of one kind return; one that throws is left out. */
export function readAll<T>(kind: string): T[] {
  return offered(kind).flatMap((read) => {
    try {
      return [read() as T]
    } catch {
      return []
    }
  })
}
