import { lineOf } from '../source/syntax.ts'
import type { ConcernId, Evidence, Finding } from './finding.ts'
import { peers } from './peers.ts'
import { inManifest, type Survey } from './survey.ts'

const titles: Readonly<Record<ConcernId, string>> = {
  logs: 'Structured logs',
  context: 'Request context in logs',
  traces: 'Traces',
  metrics: 'Metrics',
  liveness: 'Liveness endpoint',
  readiness: 'Readiness endpoint',
  stop: 'Graceful stop at SIGTERM',
  headers: 'Security headers',
  access: 'Access by policy',
  config: 'Typed configuration',
  debugging: 'Debugging in production',
}

/** Examines all concerns. */
export function examine(survey: Survey): Finding[] {
  return (Object.keys(titles) as ConcernId[]).map((id) => {
    const found = special[id]?.(survey)
    const saw = [...usedPeers(survey, id), ...(found?.saw ?? [])]
    const against = found?.against ?? []
    const isCovered = saw.length > 0 || found?.isCovered === true
    return {
      id,
      title: titles[id],
      status: !isCovered ? 'missing' : against.length > 0 ? 'partial' : 'covered',
      saw: isCovered
        ? [...against, ...saw]
        : [...against, ...(found?.instead ?? []), ...unusedPeers(survey, id)],
      note: isCovered && against.length === 0 ? undefined : found?.note,
    }
  })
}

/** What speaks for a concern besides the packages that cover it, against it, or is there in its place. */
interface Special {
  readonly saw?: readonly Evidence[]
  readonly isCovered?: boolean
  readonly against?: readonly Evidence[]
  readonly instead?: readonly Evidence[]
  readonly note?: string | undefined
}

const special: Partial<Readonly<Record<ConcernId, (survey: Survey) => Special>>> = {
  logs: (survey) => ({ saw: fastifyLogger(survey), instead: survey.consoleCalls }),
  context: (survey) => ({ saw: [...fastifyLogger(survey), ...asyncContext(survey)] }),
  liveness: (survey) => ({
    saw: routes(
      survey,
      /^\/(livez?|liveness|health(z|check)?|health-check|_health|status|ping|health\/live(ness)?)\/?$/,
    ),
    against: unprobed(survey, 'liveness'),
  }),
  readiness: (survey) => ({
    saw: routes(survey, /^\/(readyz?|readiness|health\/ready|health\/readiness)\/?$/),
    against: [...unprobed(survey, 'readiness'), ...sameProbes(survey)],
    note: sameProbes(survey).length > 0 ? sameProbesNote : undefined,
  }),
  stop: (survey) => ({
    saw: survey.strings.filter(({ value }) => value === 'SIGTERM').map(({ at }) => at),
    against: shellStarts(survey),
    note: shellStarts(survey).length > 0 ? startNote : undefined,
  }),
  config: configuration,
}

const startNote =
  'A shell or npm is process 1 of the container and does not pass SIGTERM on: CMD ["node", "server.js"]'

const sameProbesNote = 'With one path for both, a dependency that is down restarts the containers'

/** Agents are also loaded by a flag: in a script of package.json, or a Dockerfile. */
function usedPeers({ imports, project, deployment }: Survey, id: ConcernId): Evidence[] {
  const names = peers[id]
  const imported = imports.filter(({ module }) =>
    names.some((name) => module === name || module.startsWith(`${name}/`)),
  )
  if (imported.length > 0) return firstOfEach(imported.map(({ at }) => at))
  const scripts = Object.values(project.manifest.scripts ?? {}).filter(
    (text) => typeof text === 'string',
  )
  const commands = [...scripts, ...deployment.starts.map(({ what }) => what)]
  const flagged = names.find((name) =>
    commands.some((text) => new RegExp(`(--import|-r|--require)[ =]${name}(/|\\b)`).test(text)),
  )
  if (flagged === undefined) return []
  const place = inManifest(project, flagged)
  return [{ file: 'package.json', line: place?.line ?? 1, what: `${flagged}, loaded by a flag` }]
}

function unusedPeers({ dependencies, project }: Survey, id: ConcernId): Evidence[] {
  return peers[id]
    .filter((name) => dependencies.has(name))
    .flatMap((name) => inManifest(project, name) ?? [])
}

function firstOfEach(places: readonly Evidence[]): Evidence[] {
  return [...new Map([...places].reverse().map((place) => [place.what, place])).values()].reverse()
}

function routes({ strings }: Survey, pattern: RegExp): Evidence[] {
  return strings.filter(({ value }) => pattern.test(value)).map(({ at }) => at)
}

/** `fastify({ logger: true })` is pino, with an id for each request. */
function fastifyLogger({ project, imports }: Survey): Evidence[] {
  if (!imports.some(({ module }) => module === 'fastify')) return []
  return project.files.flatMap((syntax) => {
    const found = /^(?!\s*\/\/).*\blogger(Instance)?:(?! *false)/m.exec(syntax.text)
    if (found === null) return []
    return [{ file: syntax.path, line: lineOf(syntax, found.index), what: 'logger of Fastify' }]
  })
}

function asyncContext({ project, imports }: Survey): Evidence[] {
  const files = new Set(
    project.files.filter(({ text }) => text.includes('AsyncLocalStorage')).map(({ path }) => path),
  )
  return imports
    .filter(({ module, at }) => module === 'async_hooks' && files.has(at.file))
    .map(({ at }) => ({ ...at, what: 'AsyncLocalStorage' }))
}

function unprobed({ deployment }: Survey, kind: 'liveness' | 'readiness'): Evidence[] {
  return deployment.containers
    .filter((container) => container[kind] === undefined)
    .map(({ at }) => ({ ...at, what: `${at.what} has no ${kind}Probe` }))
}

function sameProbes({ deployment }: Survey): Evidence[] {
  return deployment.containers.flatMap(({ liveness, readiness }) =>
    liveness?.path !== undefined && liveness.path === readiness?.path
      ? [{ ...readiness.at, what: `${readiness.at.what}, as the livenessProbe` }]
      : [],
  )
}

function shellStarts({ deployment }: Survey): Evidence[] {
  return deployment.starts
    .filter(({ isShell, what }) =>
      isShell ? !/\bexec\b/.test(what) : /\["?(npm|yarn|pnpm|sh|bash)\b/.test(what),
    )
    .map(({ file, line, what }) => ({ file, line, what }))
}

function configuration({ environment, project }: Survey): Special {
  const reads = environment.filter(({ name }) => name !== 'NODE_ENV')
  const parsed = project.files.flatMap((syntax) => {
    const found =
      /\b(parse|safeParse|validate|validateSync|decode|create)\(\s*process\.env\s*\)/.exec(
        syntax.text,
      )
    if (found === null) return []
    return [{ file: syntax.path, line: lineOf(syntax, found.index), what: found[0] }]
  })
  const files = new Set(reads.map(({ at }) => at.file))
  const variables = new Set(reads.map(({ name }) => name))
  return {
    saw: parsed,
    isCovered: reads.length === 0,
    instead: reads.map(({ at }) => at),
    note:
      reads.length === 0
        ? undefined
        : `${variables.size} variables are read as strings, in ${files.size} ${files.size === 1 ? 'file' : 'files'}`,
  }
}
