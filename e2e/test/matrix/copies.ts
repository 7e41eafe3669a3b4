// Two copies of log, trace and metrics in one process: what one has configured, the other one uses.
import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Bench, serve, succeed, write } from './bench.ts'
import type { Cell } from './cell.ts'
import { manifestOf, npmInstall } from './installers.ts'
import { names } from './packed.ts'
import { inJavaScript } from './program.ts'
import { packRevision } from './revision.ts'

/** `other` is what exports log, trace and metrics of the other copy. */
const program = (other: string) => `
import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import * as log from '@clew/log'
import * as metrics from '@clew/metrics'
import * as trace from '@clew/trace'
import * as other from '${other}'

for (const [name, lib] of Object.entries({ log, metrics, trace })) {
  assert.notEqual(other[name].configure, lib.configure, name + ' is one copy')
}
let written = ''
const to = new PassThrough().on('data', (chunk) => (written += chunk))
const logger = log.configure({ outputs: { to, format: 'json' } })
const service = { name: process.env.CELL }
const tracing = await trace.configure({ service, exporter: trace.otlp() })
const meters = await metrics.configure({ service, exporter: metrics.otlp() })
await log.scope({ job: 7 }, () =>
  trace.span('outer', {}, () =>
    other.trace.span('work', {}, async () => {
      other.log.info('held by the other copy')
      other.metrics.counter('orders').add(1)
      log.error(new Error('x'), 'releases it')
    }),
  ),
)
await Promise.all([tracing.shutdown(), meters.shutdown()])
await logger.shutdown()
const [held] = written.split('\\n').map((line) => line && JSON.parse(line))
assert.equal(held.msg, 'held by the other copy')
assert.equal(held.job, 7)
assert.match(held.trace_id, /^[0-9a-f]{32}$/)
`

const modules = ['log', 'metrics', 'trace'] as const

const asModule = modules.map((name) => `export * as ${name} from '@clew/${name}'\n`).join('')
const asCommonJs = `import { createRequire } from 'node:module'
const require = createRequire(import.meta.url)
${modules.map((name) => `export const ${name} = require('@clew/${name}')\n`).join('')}`

async function meet(bench: Bench, name: string, other: string): Promise<void> {
  write(bench.project, {
    [`${name}.mjs`]: program(`./${name}/other.mjs`),
    [`${name}/other.mjs`]: other,
  })
  await serve(bench, [process.execPath, `${name}.mjs`], { cwd: bench.project })
}

/** Packs the older revision, once. */
function olderTarballs(bench: Bench): Promise<ReadonlyMap<string, string>> {
  older ??= packRevision(names, bench.folder)
  return older
}

let older: Promise<ReadonlyMap<string, string>> | undefined

export const copies: readonly Cell[] = [
  {
    kind: 'Copies and versions in one process',
    name: 'ES modules beside CommonJS',
    version: '',
    run: (bench) => meet(bench, 'formats', asCommonJs),
  },
  {
    kind: 'Copies and versions in one process',
    name: 'the same version twice',
    version: '',
    async run(bench) {
      const to = join(bench.project, 'twice/node_modules/@clew')
      cpSync(join(bench.project, 'node_modules/@clew'), to, { recursive: true })
      await meet(bench, 'twice', asModule)
    },
  },
  {
    kind: 'Copies and versions in one process',
    name: 'two versions of a package',
    version: '',
    note: 'log, trace and metrics, each beside an older build of itself',
    async run(bench) {
      const tarballs = await olderTarballs(bench)
      for (const name of modules) {
        const file = tarballs.get(name) ?? ''
        await unpack(file, join(bench.project, 'versions/node_modules/@clew', name))
      }
      await meet(bench, 'versions', asModule)
    },
  },
  ...names.map(
    (name): Cell => ({
      kind: 'One package a version behind the others',
      name: `@clew/${name}`,
      version: '',
      async run(bench) {
        const file = (await olderTarballs(bench)).get(name) ?? ''
        const tarballs = new Map([...bench.tarballs, [name, file]])
        const folder = join(bench.folder, 'behind', name)
        const others = { '@opentelemetry/api': '1.9.1' }
        await npmInstall(folder, manifestOf({ tarballs }, names, others))
        write(folder, { 'service.mjs': await inJavaScript('process', 'esm') })
        await serve(bench, [process.execPath, 'service.mjs'], { cwd: folder })
      },
    }),
  ),
]

async function unpack(file: string, to: string): Promise<void> {
  mkdirSync(to, { recursive: true })
  await succeed('tar', ['xzf', file, '-C', to, '--strip-components', '1'], { cwd: to })
}
