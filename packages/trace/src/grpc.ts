export { clientInterceptor } from './interceptors/client.ts'
export { type ServerInterceptorOptions, serverInterceptor } from './interceptors/server.ts'
