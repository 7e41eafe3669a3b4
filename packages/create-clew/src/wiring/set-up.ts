import { canAwait } from '../application/application.ts'
import { serviceNameOf } from '../project/project.ts'
import { type Area, packageOf } from './areas.ts'
import type { Context } from './context.ts'
import type { FileEdit, Line, Text } from './file-edit.ts'
import { existingHandle, type Handle } from './handles.ts'
import { type Part, partOf } from './parts.ts'
import { declarableIn, declarationOf } from './variables.ts'

/** What is configured once, and the options of `server.attach` that follow from it. */
export interface SetUp {
  readonly lines: readonly Text[]
  readonly parts: readonly Part[]
}

export function setUpOf(context: Context): SetUp {
  const edit = context.edit(context.setUpAt.syntax)
  const logger = loggerOf(context, edit)
  const telemetry = [telemetryOf(context, edit, 'trace'), telemetryOf(context, edit, 'metrics')]
  const console = context.has('debug') ? consoleOf(edit, logger.handle) : undefined
  return {
    lines: [
      ...(context.has('config') ? [configuration(context, edit)] : []),
      ...logger.lines,
      ...telemetry.flatMap(({ lines }) => lines),
      ...(console !== undefined && !context.has('server')
        ? [ownListener(edit, 'debug', { handler: `${console}.handler`, port: 8081 })]
        : []),
    ].map((line) => ('text' in line ? [line] : line)),
    parts: [
      ...(logger.handle === undefined ? [] : [partOf('log', logger.handle, undefined)]),
      ...telemetry.flatMap(({ parts }) => parts),
      ...(context.has('health')
        ? [{ area: 'health', text: `health: ${checkerIn(edit)}` } as const]
        : []),
      ...(console === undefined ? [] : [{ area: 'debug', text: `debug: ${console}` } as const]),
    ],
  }
}

export function checkerIn(edit: FileEdit): string {
  return `${edit.namespace('health', packageOf('health'))}.checker([])`
}

function configuration({ project }: Context, edit: FileEdit): Text {
  const config = edit.namespace('config', packageOf('config'))
  const declaration = declarationOf(config, declarableIn(project.files))
  return [
    { area: 'config', text: `${config}.loadOrExit({` },
    ...declaration,
    { area: 'config', text: '})' },
  ]
}

function loggerOf(context: Context, edit: FileEdit): { handle: Handle | undefined; lines: Line[] } {
  const { syntax, statement } = context.setUpAt
  if (!context.has('log')) return { handle: existingHandle(syntax, 'log', statement), lines: [] }
  const log = edit.namespace('log', packageOf('log'))
  const call = `${log}.configure({ fields: { svc: '${serviceNameOf(context.project)}' } })`
  if (!context.has('server') && !context.has('debug')) {
    return { handle: undefined, lines: [{ area: 'log', text: call }] }
  }
  const name = edit.unusedName('logger')
  const lines = [{ area: 'log', text: `const ${name} = ${call}` } as const]
  return { handle: { name, isPromise: false }, lines }
}

/** Where `await` cannot stand, the handle is a promise. */
function telemetryOf(
  context: Context,
  edit: FileEdit,
  area: 'trace' | 'metrics',
): { readonly lines: readonly Line[]; readonly parts: readonly Part[] } {
  const { syntax, statement } = context.setUpAt
  const isHttp = context.application.creation.framework === 'http'
  const part = (handle: Handle) =>
    partOf(area, handle, isHttp ? edit.namespace(area, packageOf(area)) : undefined)
  if (!context.has(area)) {
    const handle = context.has('server') ? existingHandle(syntax, area, statement) : undefined
    return { lines: [], parts: handle === undefined ? [] : [part(handle)] }
  }
  const namespace = edit.namespace(area, packageOf(area))
  const option = area === 'trace' ? `exporter: ${namespace}.otlp()` : 'prometheus: true'
  const call = `${namespace}.configure({ service: { name: '${serviceNameOf(context.project)}' }, ${option} })`
  const isAwaiting = canAwait(context.project, syntax, statement)
  if (!context.has('server')) {
    const alone = area === 'trace' ? started : scraped
    return { lines: alone(edit, call, isAwaiting), parts: [] }
  }
  const name = edit.unusedName(area === 'trace' ? 'tracing' : 'meters')
  const text = `const ${name} = ${isAwaiting ? 'await ' : ''}${call}`
  return { lines: [{ area, text }], parts: [part({ name, isPromise: !isAwaiting })] }
}

function started({ syntax }: FileEdit, call: string, isAwaiting: boolean): Line[] {
  const ignored = /tsx?$/.test(syntax.path) ? 'void ' : ''
  return [{ area: 'trace', text: `${isAwaiting ? 'await ' : ignored}${call}` }]
}

/** Without the admin listener of `server`: a listener for this machine. */
function scraped(edit: FileEdit, call: string, isAwaiting: boolean): Line[] {
  if (isAwaiting) {
    return [ownListener(edit, 'metrics', { handler: `(await ${call}).handler`, port: 9464 })]
  }
  const meters = edit.unusedName('meters')
  const { text } = ownListener(edit, 'metrics', { handler: `${meters}.handler`, port: 9464 })
  return [{ area: 'metrics', text: `${call}.then((${meters}) => ${text})` }]
}

function ownListener(
  edit: FileEdit,
  area: Area,
  { handler, port }: { readonly handler: string; readonly port: number },
): Line {
  const create = edit.named(area, 'node:http', 'createServer')
  return { area, text: `${create}(${handler}).listen(${port}, '127.0.0.1')` }
}

function consoleOf(edit: FileEdit, logger: Handle | undefined): string {
  const debug = edit.namespace('debug', packageOf('debug'))
  const own = () => `logger: ${edit.namespace('log', packageOf('log'))}.create()`
  const given =
    logger === undefined ? own() : logger.name === 'logger' ? 'logger' : `logger: ${logger.name}`
  return `${debug}.console({ ${given} })`
}
