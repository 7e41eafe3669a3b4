export type { Report } from '@clew/internal/reports/reporter'
export type { Guard } from './console/access.ts'
export { type Console, createConsole as console } from './console/console.ts'
export type { ConsoleOptions } from './console/options.ts'
export type { Access, AccessOptions } from './console/permissions.ts'
export { DebugError, type DebugErrorCode } from './errors.ts'
export {
  type LogPayloadsOptions,
  logPayloads,
  type PayloadLogger,
} from './payloads/log-payloads.ts'
export {
  type CpuFunction,
  type CpuProfile,
  type CpuProfileOptions,
  cpuProfile,
} from './profiles/cpu-profile.ts'
export {
  type HeapFunction,
  type HeapProfile,
  type HeapProfileOptions,
  heapProfile,
} from './profiles/heap-profile.ts'
export type { SessionFilter } from './sessions/filter.ts'
export type { OverridableLogger } from './sessions/logger.ts'
export {
  type IoRedisClient,
  type IoRedisSubscriber,
  type NodeRedisClient,
  type NodeRedisSubscriber,
  type RedisSessionsOptions,
  redisSessions,
} from './sessions/redis-store.ts'
export type { Level, Session, SessionOptions } from './sessions/session.ts'
export type { Sessions } from './sessions/sessions.ts'
export type { SessionStore, Stored, StoredSession } from './sessions/store.ts'
