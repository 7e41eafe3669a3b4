import type { IncomingMessage, ServerResponse } from 'node:http'
import { recordOf } from '@clew/internal/requests/record'
import { isCovered, mountPathOf } from '../requests/mount.ts'
import { stateOf } from '../requests/state.ts'
import {
  type Application,
  guardedOperation,
  isApplication,
  isRouter,
  type Layer,
  type Router,
  routerOf,
} from './express.ts'

type Deny = (req: IncomingMessage, res: ServerResponse, route: string) => void
type Handle = (
  req: IncomingMessage,
  res: ServerResponse,
  next: (error?: unknown) => void,
) => unknown

/** Express hides a mounted application in a closure, so it is remembered when it is mounted. */
const mountedApps = new WeakMap<Layer, unknown>()
export const mountedApp = (layer: Layer): unknown => mountedApps.get(layer)

const protectedObjects = new WeakSet<object>()

/**
 * Wraps the functions of this one application and its routers that register routes, and each route
 * that is already registered. Express itself is not changed, so that other applications in the
 * process are not affected.
 */
export function protectApp(app: Application | Router, deny: Deny): void {
  if (isRouter(app)) {
    protectRouter(app, deny)
    return
  }
  if (protectedObjects.has(app)) return
  protectedObjects.add(app)
  protectLazily(app, deny)
  const { use } = app
  app.use = (...args) => {
    const children = args.flat(Number.POSITIVE_INFINITY).filter(isApplication)
    const result = use.apply(app, args)
    for (const child of children) protectApp(child, deny)
    const layers = routerOf(app)?.stack.filter(({ name }) => name === 'mounted_app') ?? []
    // The last layers are those that were just added, in order.
    for (const [index, child] of children.toReversed().entries()) {
      const layer = layers.at(-1 - index)
      if (layer) mountedApps.set(layer, child)
    }
    return result
  }
}

/** Without making Express create the router now: settings may still come before the first route. */
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
  if (protectedObjects.has(router)) return
  protectedObjects.add(router)
  for (const layer of router.stack) protectLayer(layer, deny)
  const { route, use } = router
  router.route = (path) => {
    const added = route.call(router, path)
    const layer = router.stack.findLast((each) => each.route === added)
    if (layer) protectLayer(layer, deny)
    return added
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
    const state = stateOf(recordOf(req))
    if (!isCovered(state, req) && guardedOperation(route, req.method ?? '') === undefined) {
      deny(req, res, `${mountPathOf(req)}${String(route.path)}`)
      return undefined
    }
    let isInside = true
    state.depth++
    return handle(req, res, (error) => {
      // Some handlers call next twice.
      if (isInside) state.depth--
      isInside = false
      next(error)
    })
  }
  layer.handle = guarded as Layer['handle']
}
