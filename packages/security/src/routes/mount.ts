import { operationOf } from '../guard/guard.ts'
import type { Layer, Router } from './express.ts'

/** Where a layer stands in its router, and what it was mounted together with. */
export interface Mount {
  /** The functions of one `use` call have the same one. A route has one of its own. */
  readonly group: object
  /** The last function of its `use` call. */
  readonly isLast: boolean
  /** Equal for layers that match the same paths. */
  readonly pattern: unknown
  readonly isRoute: boolean
  /** A function that cannot pass the request on: it has no parameter for `next`. */
  readonly isFinal: boolean
  /** The mounted application, which Express hides in a closure. */
  readonly app?: unknown
}

const key: unique symbol = Symbol.for('@clew/security/mount/v1') as never
interface Placed {
  [key]?: Mount
}

/** What is known of a layer; undefined if its router is not protected. */
export const mountOf = (layer: Layer): Mount | undefined => (layer as Placed)[key]

function place(layer: Layer, mount: Mount): void {
  Object.defineProperty(layer, key, { value: mount, configurable: true })
}

/** The pattern of every path. */
export const everyPath = '/'

/**
 * Describes layers that one `use` call has added.
 *
 * @param apps - the mounted applications among the functions, in order
 */
export function placeGroup(layers: readonly Layer[], apps: readonly unknown[] = []): void {
  const group = {}
  const last = layers.findLast((layer) => !isErrorHandler(layer))
  let app = 0
  for (const layer of layers) {
    const isMounted = layer.name === 'mounted_app' && app < apps.length
    place(layer, {
      group,
      isLast: layer === last,
      pattern: patternOf(layer),
      isRoute: false,
      isFinal: layer.handle.length < 3,
      ...(isMounted ? { app: apps[app++] } : {}),
    })
  }
}

export function placeRoute(layer: Layer): void {
  place(layer, { group: {}, isLast: true, pattern: layer, isRoute: true, isFinal: false })
}

/**
 * Describes layers that were added before the router was protected. Which of them came in one call
 * is not known. So a guard covers what it would cover in any case: the one function behind it at
 * the same path, or the rest of its router if there is none.
 */
export function placeEarlier(router: Router): void {
  const { stack } = router
  let index = 0
  while (index < stack.length) {
    const layer = stack[index++] as Layer
    if (mountOf(layer)) continue
    if (layer.route) {
      placeRoute(layer)
      continue
    }
    const group = [layer]
    const next = stack[index]
    if (operationOf(layer.handle) && next && isBehind(layer, next)) {
      group.push(next)
      index++
    }
    placeGroup(group)
  }
}

const isBehind = (guard: Layer, next: Layer) =>
  !next.route &&
  !mountOf(next) &&
  operationOf(next.handle) === undefined &&
  patternOf(next) === patternOf(guard)

/** Express takes a function with four parameters for an error handler. */
export const isErrorHandler = ({ handle }: Layer): boolean => handle.length > 3

function patternOf(layer: Layer): unknown {
  if (isEveryPath(layer)) return everyPath
  // Not the text that the audit shows: `/w` is one for both '/w' and /^\/\w/.
  const { rawPath, regexp } = layer
  if (rawPath !== undefined) return JSON.stringify([rawPath].flat().map(pathPattern))
  // Versions of Express 5 that do not keep the path: a pattern like no other.
  return regexp === undefined ? layer : String(regexp)
}

const pathPattern = (path: unknown) => (typeof path === 'string' ? path : [String(path)])

const isEveryPath = ({ slash, regexp }: Layer) => slash === true || regexp?.fast_slash === true

/** Undefined in early versions of Express 5, which do not keep it. */
export function mountPath(layer: Layer): string | undefined {
  if (isEveryPath(layer)) return everyPath
  if (layer.rawPath !== undefined) return pathText(layer.rawPath)
  // Express 4 keeps the expression only: /^\/admin\/?(?=\/|$)/i
  const source = layer.regexp?.source.replace(/^\^/, '').replace(/\\\/\?\(\?=\\\/\|\$\)$/, '')
  return source?.replace(/\\(.)/g, '$1')
}

export function pathText(path: unknown): string {
  return Array.isArray(path) ? path.map(String).join(' | ') : String(path)
}
