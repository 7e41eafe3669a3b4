export type { Report } from '@clew/internal/reports/reporter'
export type { Answer, Kind, Probe } from './answer/answer.ts'
export type { Handler } from './answer/handler.ts'
export type { Middleware, MountOptions } from './answer/mount.ts'
export { type Checker, type CheckerOptions, createChecker as checker } from './checker/checker.ts'
export { HealthError, type HealthErrorCode } from './errors.ts'
export type { Check, Health, Status } from './health.ts'
export type { LivenessOptions } from './liveness/options.ts'
export type { Address } from './pingers/address.ts'
export { createGrpcPinger as grpcPinger, type GrpcPingerOptions } from './pingers/grpc-pinger.ts'
export { createHttpPinger as httpPinger, type HttpPingerOptions } from './pingers/http-pinger.ts'
export { createPinger as pinger, type Pinger, type PingerOptions } from './pingers/pinger.ts'
export {
  createPostgresPinger as postgresPinger,
  type PostgresLike,
} from './pingers/postgres-pinger.ts'
export { createRedisPinger as redisPinger, type RedisLike } from './pingers/redis-pinger.ts'
export { createTcpPinger as tcpPinger } from './pingers/tcp-pinger.ts'
