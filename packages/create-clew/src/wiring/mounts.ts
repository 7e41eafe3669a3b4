import type { Framework } from '../application/frameworks.ts'
import { packageOf } from './areas.ts'
import type { FileEdit, Line } from './file-edit.ts'

/** What watches requests, in the order in which requests pass it. */
export type Watcher = 'trace' | 'log' | 'metrics'

/** How one framework takes what watches, answers or refuses requests. All lines follow the application's. */
export interface Mounts {
  /** @param notesErrors - whether it also notes the errors that the framework answers itself */
  watch(area: Watcher, notesErrors: boolean): Line[]
  /** What notes these errors behind the routes, where it has to stand there. */
  lateErrors(area: Watcher): Line[]
  probes(checker: () => string): Line[]
  guard(guard: string): Line[]
}

export interface Target {
  readonly edit: FileEdit
  /** How the file writes the application. */
  readonly app: string
  /** Whether Nest stands on Fastify. */
  readonly onFastify: boolean
  /** Whether the server is given what watches requests, and sees their routes. */
  readonly isServed: boolean
}

/** The lines of the pages `docs/frameworks.md` of each package. */
export function mountsOf(framework: Framework, target: Target): Mounts {
  switch (framework) {
    case 'express':
      return connect(target)
    case 'fastify':
      return fastify(target)
    case 'koa':
    case 'hono':
      return adapted(framework, target)
    case 'nest':
      return nest(target)
    case 'http':
      return none
  }
}

/** The server around it watches the requests of node:http. */
const none: Mounts = {
  watch: () => [],
  lateErrors: () => [],
  probes: () => [],
  guard: () => [],
}

function connect({ edit, app }: Target): Mounts {
  const namespace = (area: Watcher) => edit.namespace(area, packageOf(area))
  return {
    watch: (area) => [{ area, text: `${app}.use(${namespace(area)}.http())` }],
    lateErrors: (area) => [{ area, text: `${app}.use(${namespace(area)}.errors())` }],
    probes: (checker) => [{ area: 'health', text: `${app}.use(${checker()}.http())` }],
    guard: (guard) => [{ area: 'security', text: `${app}.use(${guard})` }],
  }
}

/** Koa and Hono: middleware of an adapter. */
function adapted(framework: 'koa' | 'hono', { edit, app }: Target): Mounts {
  const http = (area: Watcher | 'health') =>
    edit.named(area, `${packageOf(area)}/${framework}`, 'http', `${area}Http`)
  const guardName = () => edit.named('security', `${packageOf('security')}/${framework}`, 'guard')
  return {
    watch: (area) => [{ area, text: `${app}.use(${http(area)}())` }],
    lateErrors: () => [],
    probes: (checker) => [{ area: 'health', text: `${app}.use(${http('health')}(${checker()}))` }],
    guard: (guard) => [{ area: 'security', text: `${app}.use(${guardName()}(${guard}))` }],
  }
}

function fastify({ edit, app }: Target): Mounts {
  const named = (area: Watcher, name: 'http' | 'errors') =>
    edit.named(area, `${packageOf(area)}/fastify`, name, `${area}${title(name)}`)
  const protect = () => edit.named('security', `${packageOf('security')}/fastify`, 'protect')
  return {
    watch(area, notesErrors) {
      const watched = `${app}.addHook('onRequest', ${named(area, 'http')}())`
      const noted = notesErrors ? `.addHook('onError', ${named(area, 'errors')}())` : ''
      return [{ area, text: watched + noted }]
    },
    lateErrors: () => [],
    probes(checker) {
      const probes = edit.unusedName('probes')
      const hook = `(request, reply, done) => ${probes}(request.raw, reply.raw, done)`
      return [
        { area: 'health', text: `const ${probes} = ${checker()}.http()` },
        { area: 'health', text: `${app}.addHook('onRequest', ${hook})` },
      ]
    },
    guard: (guard) => [{ area: 'security', text: `${protect()}(${app}, { default: ${guard} })` }],
  }
}

/** On Express or on Fastify. An error that Nest answers passes only its filters, of which `observe` adds one. */
function nest(target: Target): Mounts {
  const { edit, app, onFastify, isServed } = target
  const platform = onFastify
    ? fastify({ ...target, app: `${app}.getHttpAdapter().getInstance()` })
    : connect(target)
  return {
    ...connect(target),
    watch(area, notesErrors) {
      if (!notesErrors) return isServed ? [] : platform.watch(area, false)
      const observe = edit.named(area, `${packageOf(area)}/nest`, 'observe')
      const filter = edit.named(area, '@nestjs/core', 'BaseExceptionFilter')
      return [{ area, text: `${observe}(${app}, new ${filter}(${app}.getHttpAdapter()))` }]
    },
    lateErrors: () => [],
  }
}

const title = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1)
