import type { IncomingMessage } from 'node:http'

/** The parts of Express 4 and 5 that are used here. */
interface Application {
  /** `app.use('/path', other)` sets this and `mountpath` on `other`. */
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
  /** The mount path as written in the code. Router 2.3 (Express 5) and later. */
  readonly rawPath?: unknown
  /** Express 5: match a path against the layer. */
  readonly matchers?: readonly Matcher[]
  readonly slash?: boolean
  /** Express 4. */
  readonly regexp?: RegExp & { readonly fast_slash?: boolean }
  readonly keys?: readonly { readonly name: string | number }[]
}

type Matcher = (
  path: string,
) => false | { readonly path: string; readonly params: Readonly<Record<string, unknown>> }

const maxDepth = 8
const maxLookUps = 50

/**
 * The mount templates of each route. Bounded: routes live as long as the application, and each is
 * looked up a limited number of times.
 */
const mounts = new WeakMap<object, { readonly templates: Set<string>; lookUpsLeft: number }>()

/**
 * The mount template of the request's router. Express keeps only the actual path, `/users/42`, so
 * the route is looked up in the application's routers. If it is not found there (routes that were
 * added by hand), segments that do not look hand-written become parameters.
 */
export function mountOf(req: IncomingMessage, baseUrl: string): string {
  const { app, route } = req as { app?: Application; route?: object }
  if (app !== undefined && route !== undefined) {
    let mount = mounts.get(route)
    if (mount === undefined) {
      mount = { templates: new Set(), lookUpsLeft: maxLookUps }
      mounts.set(route, mount)
    }
    const { templates } = mount
    // Fast path: most routes are mounted once, without a parameter.
    const find = () =>
      templates.has(baseUrl)
        ? baseUrl
        : [...templates].find((candidate) => matchesTemplate(candidate, baseUrl))
    let template = find()
    if (template === undefined) {
      const path = fullPathOf(req, baseUrl)
      if (mount.lookUpsLeft-- > 0) {
        for (const found of lookUp(app, route, path)) templates.add(found)
      }
      template =
        find() ??
        longest([...templates].filter((candidate) => startMatchesTemplate(candidate, path)))
    }
    if (template !== undefined) return template
  }
  return baseUrl
    .split('/')
    .map((segment) => (isWord(segment) ? segment : ':param'))
    .join('/')
}

/** The full path of the request: when an error leaves a router, Express shortens `baseUrl`. */
function fullPathOf(req: IncomingMessage, baseUrl: string): string {
  const { originalUrl } = req as { originalUrl?: unknown }
  const path = typeof originalUrl === 'string' ? originalUrl.replace(/[?#].*$/s, '') : ''
  return path.startsWith(baseUrl) ? path : baseUrl
}

function lookUp(app: Application, route: object, path: string): readonly string[] {
  const found: string[] = []
  const visit = (router: Router | undefined, base: string | undefined, depth: number): void => {
    if (depth > maxDepth) return
    // The rest of the path, after as many segments as the templates so far have.
    const rest = segmentsOf(path).slice(segmentsOf(base ?? '').length)
    for (const layer of router?.stack ?? []) {
      if (layer.route === route && base !== undefined) found.push(base)
      const inner = layer.handle?.stack ? layer.handle : routerOf(layer.handle)
      if (inner?.stack === undefined) continue
      const template = templateOf(layer, rest)
      visit(
        inner,
        base === undefined || template === undefined ? undefined : base + template,
        depth + 1,
      )
    }
  }
  try {
    visit(routerOf(app), prefixOf(app, 0), 0)
  } catch {
    // These are Express internals, which may change; the caller has a fallback.
  }
  return found
}

/** The template at which an application is mounted in its parents. */
function prefixOf({ parent, mountpath }: Application, depth: number): string | undefined {
  if (parent === undefined) return ''
  const above = depth < maxDepth ? prefixOf(parent, depth + 1) : undefined
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
  if (matchers !== undefined) return slash ? '' : probeTemplate(matchers, rest)
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

const probe = 'clew-probe'

/**
 * Express 5 before router 2.3 does not keep mount paths: a segment that can be replaced is a
 * parameter.
 */
function probeTemplate(matchers: readonly Matcher[], rest: readonly string[]): string | undefined {
  for (const matcher of matchers) {
    const match = matcher(`/${rest.join('/')}`)
    if (match === false) continue
    const segments = segmentsOf(withoutSlash(match.path))
    const parts = segments.map((segment, i) => {
      const probeMatch = matcher(`/${segments.toSpliced(i, 1, probe).join('/')}`)
      if (probeMatch === false) return segment
      return `:${Object.keys(probeMatch.params).find((name) => probeMatch.params[name] === probe) ?? 'param'}`
    })
    return parts.map((part) => `/${part}`).join('')
  }
  return undefined
}

/**
 * Whether a path matches a template: as many segments, equal wherever the template has no
 * parameter.
 */
function matchesTemplate(template: string, path: string): boolean {
  const parts = template.split('/')
  const segments = path.split('/')
  return (
    parts.length === segments.length &&
    parts.every(
      (part, i) => /[:*{(]/.test(part) || part.toLowerCase() === segments[i]?.toLowerCase(),
    )
  )
}

/** Whether the start of a path matches a template. */
function startMatchesTemplate(template: string, path: string): boolean {
  return matchesTemplate(template, path.split('/', template.split('/').length).join('/'))
}

function longest(templates: readonly string[]): string | undefined {
  return templates.toSorted((a, b) => segmentsOf(b).length - segmentsOf(a).length)[0]
}

/** Whether a segment looks hand-written: a few letters, or a version such as `v2`. */
export function isWord(segment: string): boolean {
  return /^(?:v\d{1,3}|[A-Za-z_.~-]{0,40})$/.test(segment)
}
