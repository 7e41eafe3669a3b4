export { clientInterceptor } from './grpc/client-interceptor.ts'
export { type ServerInterceptorOptions, serverInterceptor } from './grpc/server-interceptor.ts'
