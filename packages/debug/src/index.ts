export type { Guard } from './access.ts'
export { type Console, type ConsoleOptions, createConsole as console } from './console.ts'
export {
  type CpuFunction,
  type CpuProfile,
  type CpuProfileOptions,
  cpuProfile,
} from './cpu-profile.ts'
export { DebugError, type DebugErrorCode } from './errors.ts'
export type { SessionFilter } from './filter.ts'
export {
  type HeapFunction,
  type HeapProfile,
  type HeapProfileOptions,
  heapProfile,
} from './heap-profile.ts'
export type { Report } from './reports.ts'
export type { Level, OverridableLogger, Session, SessionOptions, Sessions } from './sessions.ts'
