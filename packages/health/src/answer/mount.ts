import type { IncomingMessage, ServerResponse } from 'node:http'
import { optionCheck } from '../errors.ts'
import type { Answer, Kind, Probe } from './answer.ts'
import { createHandler } from './handler.ts'

/** Where the probes are mounted, and which of them. */
export interface MountOptions {
  /** The path of liveness; `false`: not mounted. @defaultValue '/livez' */
  readonly live?: string | false | undefined
  /** The path of readiness; `false`: not mounted. @defaultValue '/readyz' */
  readonly ready?: string | false | undefined
  /** The path of startup; `false`: not mounted. @defaultValue '/startupz' */
  readonly startup?: string | false | undefined
  /**
   * The path of the details, which name the dependencies and their errors. For an internal listener.
   *
   * @defaultValue false
   */
  readonly details?: string | false | undefined
}

/** Connect middleware, which passes on no error. */
export type Middleware = (req: IncomingMessage, res: ServerResponse, next: () => void) => void

/** The probe of a path, without the query; undefined for a path of the application. */
export type Mount = (path: string) => Kind | undefined

const defaults = { live: '/livez', ready: '/readyz', startup: '/startupz', details: false } as const

/** @throws TypeError `ERR_HEALTH_OPTION` */
export function createMount(caller: string, options?: MountOptions): Mount {
  const check = optionCheck(caller)
  const names = ['live', 'ready', 'startup', 'details'] as const
  const given = check.options('options', options, names)
  const kinds = new Map<string, Kind>()
  for (const kind of names) {
    const path = given[kind] ?? defaults[kind]
    if (path === false) continue
    if (typeof path !== 'string' || !/^\/[^\s?#]*$/.test(path)) {
      throw check.error(kind, 'a path that starts with /, or false', path)
    }
    if (kinds.has(path)) throw check.error(kind, 'a path that no other probe has', path)
    kinds.set(path, kind)
  }
  return (path) => kinds.get(path)
}

/** Answers the probes, and passes on everything else. */
export function createMiddleware(
  mount: Mount,
  answer: (kind: Kind, probe: Probe) => Promise<Answer>,
): Middleware {
  return (req, res, next) => {
    const kind = mount(pathOf(req.url))
    if (kind === undefined) return next()
    void createHandler((probe) => answer(kind, probe))(req, res)
  }
}

function pathOf(url = '/'): string {
  const query = url.indexOf('?')
  return query < 0 ? url : url.slice(0, query)
}
