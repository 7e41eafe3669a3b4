import type { IncomingMessage, ServerResponse } from 'node:http'
import { mistake } from './errors.ts'
import { operationOf } from './guard.ts'
import { baseOf, isCovered, stateOf } from './principal.ts'

// What Express 4 and 5 (and their router) have in common: applications hold a router, routers hold layers, a layer holds a
// route or something to call.

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

export interface Router {
  readonly stack: readonly Layer[]
  route(path: unknown): Route
  use(...args: unknown[]): unknown
}

interface Application {
  use(...args: unknown[]): unknown
  set(...args: unknown[]): unknown
  handle(...args: unknown[]): unknown
  /** Express 4 */
  lazyrouter?(): void
  readonly _router?: Router
  /** Express 5 */
  readonly router?: Router
}

type Deny = (req: IncomingMessage, res: ServerResponse, route: string) => void
type Handle = (
  req: IncomingMessage,
  res: ServerResponse,
  next: (error?: unknown) => void,
) => unknown

const isRouter = (value: unknown): value is Router =>
  typeof value === 'function' &&
  Array.isArray((value as Partial<Router>).stack) &&
  typeof (value as Partial<Router>).route === 'function'

const isApplication = (value: unknown): value is Application =>
  typeof value === 'function' &&
  typeof (value as Partial<Application>).set === 'function' &&
  typeof (value as Partial<Application>).handle === 'function'

/** The router of an application. Express 5 makes it when it is asked for; Express 4 has none before the first route. */
export function routerOf(app: unknown): Router | undefined {
  if (isRouter(app)) return app
  if (!isApplication(app)) {
    throw mistake(
      'ERR_SECURITY_APP_UNKNOWN',
      'only Express applications and routers can tell their routes; use an adapter, or put security.handler(guard, …) around any other handler',
    )
  }
  // Express 4 throws when `router` is read.
  return typeof app.lazyrouter === 'function' ? app._router : app.router
}

/** Express hides a mounted application in a closure, so it is noted when it is mounted. */
const mounted = new WeakMap<Layer, unknown>()
export const mountedApp = (layer: Layer): unknown => mounted.get(layer)

const protectedOnes = new WeakSet<object>()

/**
 * Wraps what registers routes on this one application and its routers, and each route that is there already. Nothing of
 * Express itself is changed: other applications in the process are as they were.
 */
export function protectApp(app: unknown, deny: Deny): void {
  if (isRouter(app)) {
    protectRouter(app, deny)
    return
  }
  if (!isApplication(app)) {
    routerOf(app) // throws
    return
  }
  if (protectedOnes.has(app)) return
  protectedOnes.add(app)
  protectLazily(app, deny)
  const { use } = app
  app.use = (...args) => {
    const children = args.flat(Number.POSITIVE_INFINITY).filter(isApplication)
    const result = use.apply(app, args)
    for (const child of children) protectApp(child, deny)
    const layers = routerOf(app)?.stack.filter(({ name }) => name === 'mounted_app') ?? []
    // The last ones are those that were added just now, in order.
    for (const [index, child] of children.toReversed().entries()) {
      const layer = layers.at(-1 - index)
      if (layer) mounted.set(layer, child)
    }
    return result
  }
}

/** Express makes the router of an application late, so that settings can come before. That stays so. */
function protectLazily(app: Application, deny: Deny): void {
  const { lazyrouter } = app
  const getter = Object.getOwnPropertyDescriptor(app, 'router')
  if (lazyrouter) {
    if (app._router) protectRouter(app._router, deny)
    app.lazyrouter = () => {
      lazyrouter.call(app)
      if (app._router) protectRouter(app._router, deny)
    }
  } else if (getter?.get && getter.configurable) {
    Object.defineProperty(app, 'router', {
      ...getter,
      get() {
        const router = getter.get?.call(app)
        protectRouter(router, deny)
        return router
      },
    })
  } else {
    const router = routerOf(app)
    if (router) protectRouter(router, deny)
  }
}

function protectRouter(router: Router, deny: Deny): void {
  if (protectedOnes.has(router)) return
  protectedOnes.add(router)
  for (const layer of router.stack) protectLayer(layer, deny)
  const { route, use } = router
  router.route = (path) => {
    const made = route.call(router, path)
    const layer = router.stack.findLast((one) => one.route === made)
    if (layer) protectLayer(layer, deny)
    return made
  }
  router.use = (...args) => {
    const length = router.stack.length
    const result = use.apply(router, args)
    for (const layer of router.stack.slice(length)) protectLayer(layer, deny)
    return result
  }
}

function protectLayer(layer: Layer, deny: Deny): void {
  const { route } = layer
  if (!route) {
    if (isRouter(layer.handle)) protectRouter(layer.handle, deny)
    return
  }
  const handle = layer.handle as Handle
  const guarded: Handle = (req, res, next) => {
    const state = stateOf(req)
    if (!isCovered(state, req) && !isGuarded(route, req.method ?? '')) {
      deny(req, res, `${baseOf(req)}${String(route.path)}`)
      return undefined
    }
    let inside = true
    state.depth++
    return handle(req, res, (error) => {
      // Some handlers call next twice.
      if (inside) state.depth--
      inside = false
      next(error)
    })
  }
  layer.handle = guarded as Layer['handle']
}

/** Whether the first function that the route would call for a method is a guard. */
export function isGuarded(route: Route, method: string): boolean {
  return operationOf(firstFor(route, method)?.handle) !== undefined
}

export function firstFor(route: Route, method: string): Layer | undefined {
  const name = method.toLowerCase()
  // As Express does it: GET answers HEAD unless there is a handler for HEAD.
  const wanted = name === 'head' && route.methods['head'] !== true ? 'get' : name
  return route.stack.find((layer) => layer.method === undefined || layer.method === wanted)
}
