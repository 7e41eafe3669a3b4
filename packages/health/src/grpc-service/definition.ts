import {
  decodeService,
  decodeStatus,
  encodeService,
  encodeStatus,
  encodeStatuses,
  type ServingStatus,
} from '../protocol/messages.ts'

/** HealthCheckRequest. An object, since @grpc/grpc-js takes an empty string for no message. */
interface HealthCheckRequest {
  readonly service: string
}

/** The part of a call of @grpc/grpc-js that is used. */
export interface UnaryCall {
  readonly request: HealthCheckRequest
}

/** The part of a call with a stream of answers that is used. */
export interface WatchCall extends UnaryCall {
  write(status: ServingStatus): boolean
  end(): unknown
  on(event: 'cancelled' | 'drain' | 'error' | 'close', listener: () => void): unknown
  emit(event: 'error', error: Fault): unknown
}

/** An error as @grpc/grpc-js expects it. */
export interface Fault {
  readonly code: number
  readonly details: string
}

export type Callback<T> = (error: Fault | null, answer?: T) => void

/** The methods of `grpc.health.v1.Health`. */
export interface HealthMethods {
  check(call: UnaryCall, callback: Callback<ServingStatus>): void
  list(call: UnaryCall, callback: Callback<ReadonlyMap<string, ServingStatus>>): void
  watch(call: WatchCall): void
}

interface MethodDefinition {
  readonly path: string
  readonly requestStream: boolean
  readonly responseStream: boolean
  requestSerialize(request: HealthCheckRequest): Buffer
  requestDeserialize(message: Buffer): HealthCheckRequest
  responseSerialize(answer: never): Buffer
  responseDeserialize(message: Buffer): unknown
}

const method = {
  requestStream: false,
  responseStream: false,
  requestSerialize: ({ service }: HealthCheckRequest) => encodeService(service),
  requestDeserialize: (message: Buffer) => ({ service: decodeService(message) }),
  responseSerialize: encodeStatus,
  responseDeserialize: decodeStatus,
}

/** As `Server.addService` of @grpc/grpc-js takes it. */
export const definition: Readonly<Record<keyof HealthMethods, MethodDefinition>> = {
  check: { ...method, path: '/grpc.health.v1.Health/Check' },
  list: { ...method, path: '/grpc.health.v1.Health/List', responseSerialize: encodeStatuses },
  watch: { ...method, path: '/grpc.health.v1.Health/Watch', responseStream: true },
}

/** The part of a server of @grpc/grpc-js that is used. */
export interface GrpcServerLike {
  // Its own types name Buffer and messages of any kind.
  // biome-ignore lint/suspicious/noExplicitAny: a definition of any service
  addService(service: any, implementation: any): unknown
}
