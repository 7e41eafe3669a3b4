export {
  type Child,
  type ChildOptions,
  nodeEval,
  start as startProgram,
  startNode,
} from './child.ts'
export { type Collector, type CollectorOptions, startCollector } from './collector.ts'
export type { Database } from './database.ts'
export { type Listening, listen } from './listen.ts'
export { type Otelcol, startOtelcol } from './otelcol.ts'
export type { Attributes, LogRecord, MetricPoint, Span } from './otlp.ts'
export { freePort } from './port.ts'
export { readmeProblems } from './readme.ts'
export { startRedis } from './redis.ts'
