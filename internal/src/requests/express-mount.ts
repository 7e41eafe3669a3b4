import type { IncomingMessage } from 'node:http'

/** As much of Express 4 and 5 as this needs. */
interface Application {
  /** Set by `app.use('/path', other)` on `other`, with the path. */
  readonly parent?: Application
  readonly mountpath?: unknown
  /** Express 5. Express 4 throws when this is read. */
  readonly router?: Router
  /** Express 4. */
  readonly _router?: Router
}

interface Router {
  readonly stack?: readonly Layer[]
}

interface Layer {
  readonly route?: object
  readonly handle?: Router & Application
  /** Where the layer is mounted, as it was written: since router 2.3 (Express 5). */
  readonly rawPath?: unknown
  /** Express 5: what a path is asked. */
  readonly matchers?: readonly Matcher[]
  readonly slash?: boolean
  /** Express 4. */
  readonly regexp?: RegExp & { readonly fast_slash?: boolean }
  readonly keys?: readonly { readonly name: string | number }[]
}

type Matcher = (
  path: string,
) => false | { readonly path: string; readonly params: Readonly<Record<string, unknown>> }

const MAX_DEPTH = 8
const MAX_LOOK_UPS = 50

/** The templates of the places a route is mounted at. A route is an object that lives as long as the application. */
const mounts = new WeakMap<object, { readonly templates: Set<string>; left: number }>()

/**
 * What was written where the router is mounted. Express keeps only the real path of it, `/users/42`, so the route is looked up in the
 * application's routers. Where it is not found (routes that were added by hand), what a developer would not have written is taken for a
 * parameter.
 */
export function mountOf(req: IncomingMessage, baseUrl: string): string {
  const { app, route } = req as { app?: Application; route?: object }
  if (app !== undefined && route !== undefined) {
    let known = mounts.get(route)
    if (known === undefined) {
      known = { templates: new Set(), left: MAX_LOOK_UPS }
      mounts.set(route, known)
    }
    const { templates } = known
    // Most routes are mounted in one place, without a parameter.
    const find = () =>
      templates.has(baseUrl) ? baseUrl : [...templates].find((each) => fits(each, baseUrl))
    let template = find()
    if (template === undefined) {
      const path = wholeOf(req, baseUrl)
      if (known.left-- > 0) {
        for (const each of lookUp(app, route, path)) templates.add(each)
      }
      template = find() ?? longest([...templates].filter((each) => begins(each, path)))
    }
    if (template !== undefined) return template
  }
  return baseUrl
    .split('/')
    .map((segment) => (isWord(segment) ? segment : ':param'))
    .join('/')
}

/** The path as it came. An error that is passed on leaves the routers on its way, and Express shortens `baseUrl` with each. */
function wholeOf(req: IncomingMessage, baseUrl: string): string {
  const { originalUrl } = req as { originalUrl?: unknown }
  const path = typeof originalUrl === 'string' ? originalUrl.replace(/[?#].*$/s, '') : ''
  return path.startsWith(baseUrl) ? path : baseUrl
}

function lookUp(app: Application, route: object, path: string): readonly string[] {
  const found: string[] = []
  const visit = (router: Router | undefined, base: string | undefined, depth: number): void => {
    if (depth > MAX_DEPTH) return
    // What is left of the path below the templates so far: as many segments.
    const rest = segmentsOf(path).slice(segmentsOf(base ?? '').length)
    for (const layer of router?.stack ?? []) {
      if (layer.route === route && base !== undefined) found.push(base)
      const inner = layer.handle?.stack ? layer.handle : routerOf(layer.handle)
      if (inner?.stack === undefined) continue
      const own = templateOf(layer, rest)
      visit(inner, base === undefined || own === undefined ? undefined : base + own, depth + 1)
    }
  }
  try {
    visit(routerOf(app), prefixOf(app, 0), 0)
  } catch {
    // Somebody else's internals: the fallback remains.
  }
  return found
}

/** Where an application is mounted in others. */
function prefixOf({ parent, mountpath }: Application, depth: number): string | undefined {
  if (parent === undefined) return ''
  const above = depth < MAX_DEPTH ? prefixOf(parent, depth + 1) : undefined
  if (above === undefined || typeof mountpath !== 'string') return undefined
  return above + withoutSlash(mountpath)
}

const withoutSlash = (path: string) => path.replace(/\/+$/, '')

// `_router` first: reading `router` of Express 4 throws.
function routerOf(app: Application | undefined): Router | undefined {
  return app === undefined ? undefined : (app._router ?? app.router)
}

const segmentsOf = (path: string) => path.split('/').slice(1)

function templateOf(layer: Layer, rest: readonly string[]): string | undefined {
  const { rawPath, regexp, keys, matchers, slash } = layer
  if (typeof rawPath === 'string') return withoutSlash(rawPath)
  if (matchers !== undefined) return slash ? '' : probed(matchers, rest)
  if (regexp === undefined || keys === undefined) return undefined
  if (regexp.fast_slash) return ''
  let index = 0
  const source = regexp.source
    .replace(/^\^/, '')
    .replace(/\\\/\?\(\?=\\\/\|\$\)$/, '')
    .replace(
      /\(\?:(\\\/)?\(\[\^\\?\/\]\+\?\)\)/g,
      (_all, slash) => `${slash ?? ''}:${keys[index++]?.name}`,
    )
    .replace(/\\(.)/g, '$1')
  return /[()[\]*+?|^$]/.test(source) ? undefined : source
}

const PROBE = 'clew-probe'

/** Express 5 before router 2.3 keeps no text of a path: a segment that can be replaced is a parameter. */
function probed(matchers: readonly Matcher[], rest: readonly string[]): string | undefined {
  for (const matches of matchers) {
    const hit = matches(`/${rest.join('/')}`)
    if (hit === false) continue
    const segments = segmentsOf(withoutSlash(hit.path))
    const parts = segments.map((segment, i) => {
      const other = matches(`/${segments.toSpliced(i, 1, PROBE).join('/')}`)
      if (other === false) return segment
      return `:${Object.keys(other.params).find((name) => other.params[name] === PROBE) ?? 'param'}`
    })
    return parts.map((part) => `/${part}`).join('')
  }
  return undefined
}

/** Whether a path could have come of a template: the same number of segments, equal where the template has no parameter. */
function fits(template: string, path: string): boolean {
  const parts = template.split('/')
  const segments = path.split('/')
  return (
    parts.length === segments.length &&
    parts.every(
      (part, i) => /[:*{(]/.test(part) || part.toLowerCase() === segments[i]?.toLowerCase(),
    )
  )
}

/** Whether a path could go on below a template. */
function begins(template: string, path: string): boolean {
  return fits(template, path.split('/', template.split('/').length).join('/'))
}

function longest(templates: readonly string[]): string | undefined {
  return templates.toSorted((a, b) => segmentsOf(b).length - segmentsOf(a).length)[0]
}

/** A segment that a developer would write: letters, short, or a version such as `v2`. */
export function isWord(segment: string): boolean {
  return /^(?:v\d{1,3}|[A-Za-z_.~-]{0,40})$/.test(segment)
}
