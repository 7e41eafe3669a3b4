// A bundle of the service and all that it uses, run where there is no node_modules.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { serve, succeed, write } from './bench.ts'
import type { Cell } from './cell.ts'
import { inJavaScript } from './program.ts'
import { versionOf } from './tools.ts'

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

export const bundlers: readonly Cell[] = list.map(
  ({ id, name, tool, note, format = 'esm', output }): Cell => ({
    kind: 'Bundlers',
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
