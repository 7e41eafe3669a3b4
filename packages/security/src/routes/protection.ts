import type { IncomingMessage, ServerResponse } from 'node:http'
import { recordOf } from '@clew/internal/requests/record'
import { nameOf, operationOf } from '../guard/guard.ts'
import { mountPathOf } from '../requests/mount-path.ts'
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
import {
  everyPath,
  isErrorHandler,
  mountOf,
  mountPath,
  placeEarlier,
  placeGroup,
  placeRoute,
} from './mount.ts'
import { type Protection, protectParameters } from './parameters.ts'
import { enter, passageOf } from './passage.ts'
import { watch } from './watch.ts'

type Handle = (
  req: IncomingMessage,
  res: ServerResponse,
  next: (error?: unknown) => void,
) => unknown
type ErrorHandle = (error: unknown, ...args: Parameters<Handle>) => unknown

/** On what is protected already, by whichever copy of this package. */
const key: unique symbol = Symbol.for('@clew/security/protected/v1') as never

function markOnce(target: object, { isStrict }: Protection): boolean {
  if (Object.hasOwn(target, key)) return false
  Object.defineProperty(target, key, { value: { isStrict } })
  return true
}

/** Whether functions that are mounted in the router must not answer outside of a guard. */
export const isStrict = (router: Router): boolean =>
  (router as { readonly [key]?: Pick<Protection, 'isStrict'> })[key]?.isStrict !== false

/**
 * Wraps the functions of this one application and its routers that register routes, and each layer
 * that is already registered. Express itself is not changed, so that other applications in the
 * process are not affected.
 */
export function protectApp(app: Application | Router, protection: Protection): void {
  if (isRouter(app)) {
    protectRouter(app, protection)
    return
  }
  if (!markOnce(app, protection)) return
  protectLazily(app, protection)
  const { use } = app
  app.use = (...args) => {
    const before = collected
    const layers: Layer[] = []
    collected = layers
    try {
      return use.apply(app, args)
    } finally {
      collected = before
      // Express has called the router once for each function.
      const functions = args.flat(Number.POSITIVE_INFINITY)
      const children = functions.filter(isApplication)
      for (const child of children) protectApp(child, protection)
      const isOwn = ({ handle, name }: Layer) =>
        functions.includes(handle) || name === 'mounted_app'
      placeGroup(layers.filter(isOwn), children)
      for (const layer of layers) if (!mountOf(layer)) placeGroup([layer])
      const router = routerOf(app)
      if (router) for (const layer of layers) protectLayer(layer, router, protection)
    }
  }
}

/** The layers that the current call of `app.use` has added. */
let collected: Layer[] | undefined

/** Without making Express create the router now: settings may still come before the first route. */
function protectLazily(app: Application, protection: Protection): void {
  const { lazyrouter } = app
  const getter = Object.getOwnPropertyDescriptor(app, 'router')
  if (lazyrouter) {
    if (app._router) protectRouter(app._router, protection)
    app.lazyrouter = () => {
      lazyrouter.call(app)
      if (app._router) protectRouter(app._router, protection)
    }
  } else if (getter?.get && getter.configurable) {
    Object.defineProperty(app, 'router', {
      ...getter,
      get() {
        const router = getter.get?.call(app)
        protectRouter(router, protection)
        return router
      },
    })
  } else {
    const router = routerOf(app)
    if (router) protectRouter(router, protection)
  }
}

function protectRouter(router: Router, protection: Protection): void {
  if (!markOnce(router, protection)) return
  placeEarlier(router)
  for (const layer of router.stack) protectLayer(layer, router, protection)
  const { route, use, handle } = router
  router.route = (path) => {
    const added = route.call(router, path)
    const layer = router.stack.findLast((each) => each.route === added)
    if (layer) {
      placeRoute(layer)
      protectLayer(layer, router, protection)
    }
    return added
  }
  router.use = (...args) => {
    const length = router.stack.length
    const result = use.apply(router, args)
    const layers = router.stack.slice(length)
    if (collected) collected.push(...layers)
    else {
      placeGroup(layers)
      for (const layer of layers) protectLayer(layer, router, protection)
    }
    return result
  }
  protectParameters(router, protection)
  router.handle = (req, res, out) => {
    const state = stateOf(recordOf(req))
    const passage = enter(state, router)
    return handle.call(router, req, res, (error) => {
      state.passage = passage.outer
      out(error)
    })
  }
}

function protectLayer(layer: Layer, router: Router, protection: Protection): void {
  const { handle } = layer
  if (isErrorHandler(layer)) {
    if (protection.isStrict) replaceHandle(layer, guardErrors(layer, router, protection))
    return
  }
  const inner = mountOf(layer)?.app ?? handle
  if (isRouter(inner) || isApplication(inner)) protectApp(inner, protection)
  replaceHandle(layer, guard(layer, router, protection))
}

function replaceHandle(layer: Layer, guarded: Handle | ErrorHandle): void {
  // Whoever looks into a router, for example for the template of a route, sees what it was.
  Object.setPrototypeOf(guarded, layer.handle)
  layer.handle = guarded as Layer['handle']
}

/** It may be reached before any other layer: with a path that cannot be decoded. */
function guardErrors(layer: Layer, router: Router, { deny }: Protection): ErrorHandle {
  const handle = layer.handle as ErrorHandle
  const refuse = (req: IncomingMessage, res: ServerResponse) =>
    deny(req, res, mountPathOf(req) || everyPath)
  // With four parameters, by which Express knows it.
  return (error, req, res, next) => {
    const passage = passageOf(stateOf(recordOf(req)), router, next)
    passage.inside ??= passage.coverage.whole ?? 'open'
    if (passage.inside === 'open') watch(res, refuse)
    return handle(error, req, res, next)
  }
}

function guard(layer: Layer, router: Router, { deny, ...protection }: Protection): Handle {
  const { route } = layer
  const handle = layer.handle as Handle
  const operation = operationOf(handle)
  const mount = mountOf(layer)
  const inner = mount?.app ?? handle
  const isEntered = isRouter(inner) || isApplication(inner)
  const isHidden = layer.name === 'mounted_app' && !isEntered
  const isRefused = isHidden || (protection.isStrict && mount?.isFinal === true)
  const describe = (req: IncomingMessage) => mountPathOf(req) + (route ? String(route.path) : '')
  const refuse = (req: IncomingMessage, res: ServerResponse) =>
    deny(req, res, mountPathOf(req) || (mountPath(layer) ?? ''))

  return (req, res, next) => {
    const record = recordOf(req)
    const state = stateOf(record)
    const passage = passageOf(state, router, next)
    if (!mount) return deny(req, res, describe(req))
    if (operation) {
      passage.inside = { operation, principals: [] }
      return handle(req, res, (error) => {
        if (error === undefined) {
          passage.coverage.pass(mount, { operation, principals: state.principals })
        }
        next(error)
      })
    }
    const cover = passage.coverage.of(mount)
    passage.inside = cover ?? 'open'
    if (route) {
      const own = guardedOperation(route, req.method ?? '')
      if (own !== undefined) passage.inside = { operation: own, principals: [] }
      else if (cover === undefined) return deny(req, res, describe(req))
    }
    if (cover !== undefined && state.principals !== cover.principals) {
      // Another guard has let the request in since then, which covers something else.
      state.principals = cover.principals
      state.operation = cover.operation
      record.operation = nameOf(cover.operation)
    }
    if (route) return handle(req, res, next)
    if (cover === undefined && !isEntered) {
      if (isRefused) return deny(req, res, describe(req))
      if (protection.isStrict) watch(res, refuse)
    }
    if (req.method !== 'OPTIONS') return handle(req, res, next)
    // Express answers in the end, outside of any layer.
    return handle(req, res, (error) => {
      passage.inside = undefined
      next(error)
    })
  }
}
