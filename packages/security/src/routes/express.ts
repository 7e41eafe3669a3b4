import type { IncomingMessage, ServerResponse } from 'node:http'
import { mistake } from '@clew/internal/errors/error'
import { show } from '@clew/internal/errors/show'
import type { SecurityErrorCode } from '../errors.ts'
import { type Operation, operationOf } from '../guard/guard.ts'

// What Express 4 and 5 (and its router) have in common: applications hold a router, routers hold
// layers, a layer holds a route or a function.

export interface Layer {
  handle: (...args: never[]) => unknown
  readonly name?: string
  readonly route?: Route
  readonly method?: string
  /** Express 5 */
  readonly rawPath?: unknown
  readonly slash?: boolean
  /** Express 4 */
  readonly regexp?: RegExp & { readonly fast_slash?: boolean }
}

export interface Route {
  readonly path: unknown
  readonly stack: readonly Layer[]
  readonly methods: Readonly<Record<string, boolean>>
}

/** Called for a parameter of the path, before the layer that has it. */
export type Parameter = (req: IncomingMessage, res: ServerResponse, ...rest: unknown[]) => unknown

export interface Router {
  readonly stack: readonly Layer[]
  route(path: unknown): Route
  use(...args: unknown[]): unknown
  handle(req: IncomingMessage, res: ServerResponse, out: (error?: unknown) => void): unknown
  /** What `param` has registered: by the name of the parameter. */
  readonly params?: Readonly<Record<string, Parameter[]>>
  param(name: unknown, parameter: Parameter): unknown
}

export interface Application {
  use(...args: unknown[]): unknown
  set(...args: unknown[]): unknown
  handle(...args: unknown[]): unknown
  /** Express 4 */
  lazyrouter?(): void
  readonly _router?: Router
  /** Express 5 */
  readonly router?: Router
}

export const isRouter = (value: unknown): value is Router =>
  typeof value === 'function' &&
  Array.isArray((value as Partial<Router>).stack) &&
  typeof (value as Partial<Router>).route === 'function'

export const isApplication = (value: unknown): value is Application =>
  typeof value === 'function' &&
  typeof (value as Partial<Application>).set === 'function' &&
  typeof (value as Partial<Application>).handle === 'function'

const expectedApp =
  'an Express application or router, or protected by an adapter or by security.handler(guard, …)'

/** @param caller - the public function that was given `app` */
export function requireExpress(caller: string, app: unknown): Application | Router {
  if (isRouter(app) || isApplication(app)) return app
  throw mistake<SecurityErrorCode>(
    'ERR_SECURITY_APP_UNKNOWN',
    `${caller}: app must be ${expectedApp}; received ${show(app)}`,
  )
}

/**
 * The router of an application. Express 5 creates it on first access; Express 4 has none before the
 * first route.
 */
export function routerOf(app: Application | Router): Router | undefined {
  if (isRouter(app)) return app
  // Express 4 throws when `router` is read.
  return typeof app.lazyrouter === 'function' ? app._router : app.router
}

/** The operation of a route for a method, if the first function it would call is a guard. */
export function guardedOperation(route: Route, method: string): Operation | undefined {
  const name = method.toLowerCase()
  // As in Express: GET answers HEAD unless there is a handler for HEAD.
  const wanted = name === 'head' && route.methods['head'] !== true ? 'get' : name
  const first = route.stack.find((layer) => layer.method === undefined || layer.method === wanted)
  return operationOf(first?.handle)
}
