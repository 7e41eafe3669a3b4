export type { GrpcServerLike } from './grpc-service/definition.ts'
export { addHealthService, type HealthServiceOptions } from './grpc-service/service.ts'
