export type { Address } from './address.ts'
export {
  type Check,
  type Checker,
  type CheckerOptions,
  checker,
  type Health,
  type Status,
} from './checker.ts'
export { HealthError, type HealthErrorCode } from './errors.ts'
export { type GrpcPingerOptions, grpcPinger } from './grpc-pinger.ts'
export type { Handler, Kind } from './handler.ts'
export { type HttpPingerOptions, httpPinger } from './http-pinger.ts'
export { type Pinger, type PingerOptions, pinger } from './pinger.ts'
export type { Report } from './reports.ts'
export { tcpPinger } from './tcp-pinger.ts'
