// A bundle of the service and all that it uses, run where there is no node_modules.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { folder as examples, sourceOf } from '../examples/cells.ts'
import { invokes } from '../examples/invocation.ts'
import { serve, succeed, write } from './bench.ts'
import type { Cell } from './cell.ts'
import { nextBundlers } from './next.ts'
import { inJavaScript } from './program.ts'
import { fileOf, versionOf } from './tools.ts'

const bundle = fileURLToPath(new URL('bundle.js', import.meta.url))

interface Bundler {
  /** As bundle.js calls it. */
  readonly id: string
  readonly name: string
  readonly tool: string
  readonly note?: string
  /** The format of the program that is bundled. */
  readonly format?: 'esm' | 'cjs'
  readonly output: 'service.mjs' | 'service.cjs'
}

const list: readonly Bundler[] = [
  { id: 'esbuild-cjs', name: 'esbuild, CommonJS', tool: 'esbuild', output: 'service.cjs' },
  {
    id: 'esbuild-esm',
    name: 'esbuild, ES modules',
    tool: 'esbuild',
    note: 'with a [banner](#bundlers-and-what-they-need) for `require`',
    output: 'service.mjs',
  },
  {
    id: 'webpack',
    name: 'webpack',
    tool: 'webpack',
    note: 'warns of exporters that are not installed',
    output: 'service.cjs',
  },
  {
    id: 'rollup',
    name: 'rollup',
    tool: 'rollup',
    note: 'with its plugins node-resolve, commonjs and json',
    output: 'service.mjs',
  },
  { id: 'ncc', name: '@vercel/ncc', tool: '@vercel/ncc', format: 'cjs', output: 'service.cjs' },
]

const kind = 'Bundlers'

const packed = list.map(
  ({ id, name, tool, note, format = 'esm', output }): Cell => ({
    kind,
    name,
    version: versionOf(tool) ?? '',
    ...(note === undefined ? {} : { note }),
    async run(bench) {
      const entry = `bundle-${id}.${format === 'esm' ? 'mjs' : 'cjs'}`
      const to = join(bench.folder, 'bundles', id)
      write(bench.project, { [entry]: await inJavaScript('process', format) })
      const cwd = bench.project
      await succeed(process.execPath, [bundle, id, bench.project, entry, to], { cwd })
      await serve(bench, [process.execPath, output], { cwd: to })
    },
  }),
)

const requireBanner =
  "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)"

// What aws-cdk's NodejsFunction and SAM's build method call, with ES modules.
const flags = [
  '--bundle',
  '--platform=node',
  '--target=node20',
  '--format=esm',
  '--minify',
  '--sourcemap',
  '--main-fields=module,main',
  '--external:@aws-sdk/*',
  '--external:@smithy/*',
  `--banner:js=${requireBanner}`,
]

const lambda: Cell = {
  kind,
  name: 'esbuild, as AWS CDK and SAM call it',
  version: versionOf('esbuild') ?? '',
  note: 'a Lambda function, with the same banner',
  async run(bench) {
    write(bench.project, {
      'lambda/app/main.ts': sourceOf('lambda', 'all'),
      'lambda/orders.ts': readFileSync(join(examples, 'orders.ts'), 'utf8'),
    })
    const program = join(bench.folder, 'bundles/lambda/index.mjs')
    const args = [...flags, `--outfile=${program}`, 'lambda/app/main.ts']
    await succeed(process.execPath, [fileOf('esbuild', 'bin/esbuild'), ...args], {
      cwd: bench.project,
    })
    await invokes({ program, name: 'all' })
  },
}

export const bundlers: readonly Cell[] = [
  ...packed,
  lambda,
  ...nextBundlers.map((cell): Cell => ({ kind, ...cell })),
]
