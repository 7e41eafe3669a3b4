import { type Guard, type Operation, operationOf } from '../guard/guard.ts'
import { type AuditRow, createAuditRow } from './audit-row.ts'
import { coverKoa, type KoaMiddleware, koaState, leaveCover, refuseKoa } from './koa-stretch.ts'
import { isCovered } from './stretch.ts'

// The few properties of @koa/router that are needed. Nested routers are copied into the outer one.

interface Layer {
  readonly path: unknown
  /** Empty for middleware. */
  readonly methods: readonly string[]
  /** Functions for a parameter come first. */
  readonly stack: readonly (KoaMiddleware & { readonly param?: string })[]
}

interface Match {
  readonly pathAndMethod: readonly Layer[]
}

export interface KoaRouter {
  readonly stack: readonly Layer[]
  match(path: string, method: string): Match
}

/** The router whose `routes()` this is. */
export function koaRouterOf(middleware: unknown): KoaRouter | undefined {
  const router = (middleware as { router?: Partial<KoaRouter> } | undefined)?.router
  return typeof router?.match === 'function' && Array.isArray(router.stack)
    ? (router as KoaRouter)
    : undefined
}

const key: unique symbol = Symbol.for('@clew/security/koa-router/v1') as never

/** From now on the router asks, for each request, only routes behind a guard, and refuses the others. */
export function protectKoaRouter(router: KoaRouter, fallback: KoaMiddleware | undefined): void {
  if (Object.hasOwn(router, key)) return
  Object.defineProperty(router, key, { value: true })
  const { match } = router
  const standIns = new WeakMap<Layer, Layer>()
  const guarded = (layer: Layer): Layer => {
    if (layer.methods.length === 0) return layer
    let standIn = standIns.get(layer)
    if (standIn === undefined) {
      standIn = Object.create(layer, { stack: { value: guardedStack(layer, fallback) } }) as Layer
      standIns.set(layer, standIn)
    }
    return standIn
  }
  Object.defineProperty(router, 'match', {
    configurable: true,
    writable: true,
    value(this: KoaRouter, path: string, method: string): Match {
      const found = match.call(this, path, method)
      return { ...found, pathAndMethod: found.pathAndMethod.map(guarded) }
    },
  })
}

function guardedStack({ stack }: Layer, fallback: KoaMiddleware | undefined): KoaMiddleware[] {
  const at = stack.findIndex(({ param }) => param === undefined)
  if (operationOf(stack[at]) !== undefined) {
    return [...stack.slice(0, at + 1), coverKoa, ...stack.slice(at + 1), leaveCover]
  }
  const entry: KoaMiddleware = async (koa, next) => {
    if (isCovered(koaState(koa))) return coverKoa(koa, next)
    if (fallback === undefined) return refuseKoa(koa)
    return fallback(koa, () => coverKoa(koa, next))
  }
  return [entry, ...stack, leaveCover]
}

/** @param cover - a guard in front of the router */
export function koaRouterRows(
  { stack }: KoaRouter,
  cover: Operation | undefined,
  fallback: Guard | undefined,
): AuditRow[] {
  const { METHODS } = process.getBuiltinModule('node:http')
  return stack.flatMap((layer) => {
    const first = layer.stack.find(({ param }) => param === undefined)
    const operation = operationOf(first) ?? cover ?? fallback?.operation
    const methods = layer.methods.length >= METHODS.length ? ['ALL'] : layer.methods
    return methods.map((method) => createAuditRow('route', method, String(layer.path), operation))
  })
}
