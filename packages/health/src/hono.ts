import { createMount, type MountOptions } from './answer/mount.ts'
import type { Checker } from './checker/checker.ts'

/** The part of Hono's context that is used. */
export interface HonoContextLike {
  readonly req: {
    readonly path: string
    readonly method: string
    header(name: string): string | undefined
  }
}

export type HonoMiddleware = (
  context: HonoContextLike,
  next: () => Promise<void>,
) => Promise<Response | void>

/**
 * `app.use(http(checker))`: the probes of `checker.http`, for Hono.
 *
 * @throws TypeError `ERR_HEALTH_OPTION`
 */
export function http(checker: Pick<Checker, 'answer'>, options?: MountOptions): HonoMiddleware {
  const mount = createMount('health.http', options)
  return async ({ req }, next) => {
    const kind = mount(req.path)
    if (kind === undefined) return next()
    const probe = { method: req.method, accept: req.header('accept') }
    const { status, headers, body } = await checker.answer(kind, probe)
    return new Response(req.method === 'HEAD' ? null : body, { status, headers })
  }
}
