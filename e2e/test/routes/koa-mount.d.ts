declare module 'koa-mount' {
  import type Koa from 'koa'

  export default function mount(prefix: string, app: Koa<any, any>): Koa.Middleware
}
