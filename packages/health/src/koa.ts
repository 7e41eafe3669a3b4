import { createMount, type MountOptions } from './answer/mount.ts'
import type { Checker } from './checker/checker.ts'

/** The part of Koa's context that is used. */
export interface KoaContextLike {
  readonly path: string
  readonly method: string
  get(header: string): string
  set(headers: { [name: string]: string }): void
  status: number
  body: unknown
}

/** The types allow any context of Koa. */
export type KoaMiddleware = (context: KoaContextLike, next: () => Promise<unknown>) => Promise<void>

/**
 * `app.use(http(checker))`: the probes of `checker.http`, for Koa.
 *
 * @throws TypeError `ERR_HEALTH_OPTION`
 */
export function http(checker: Pick<Checker, 'answer'>, options?: MountOptions): KoaMiddleware {
  const mount = createMount('health.http', options)
  return async (koa, next) => {
    const kind = mount(koa.path)
    if (kind === undefined) {
      await next()
      return
    }
    const probe = { method: koa.method, accept: koa.get('accept') || undefined }
    const { status, headers, body } = await checker.answer(kind, probe)
    koa.status = status
    koa.body = body
    // After the body, which sets a type of its own.
    koa.set(headers)
  }
}
