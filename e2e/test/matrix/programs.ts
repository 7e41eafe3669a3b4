// The service as programs: each module system, each way to run TypeScript, each runtime.
import { join } from 'node:path'
import { serve, write } from './bench.ts'
import type { Cell } from './cell.ts'
import { inJavaScript, inTypeScript } from './program.ts'
import { fileOf, listedVersionOf, optionalFileOf, versionOf } from './tools.ts'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const node = process.execPath
const bun = optionalFileOf('@oven/bun-linux-x64', 'bin/bun')
const deno = optionalFileOf('@deno/linux-x64-glibc', 'deno')

/** `require` of ES modules switched off, where Node has it: many tools do not have it. */
const strict =
  major > 22 || (major === 22 && minor >= 12) ? ['--no-experimental-require-module'] : []

export const programs: readonly Cell[] = [
  {
    kind: 'Module systems',
    name: 'ES modules',
    version: 'Node 20.19 to 26',
    eachNode: true,
    async run(bench) {
      await serve(bench, [node, 'service.mjs'], { cwd: bench.project })
    },
  },
  {
    kind: 'Module systems',
    name: 'CommonJS',
    version: 'Node 20.19 to 26',
    note: 'no package needs `require` of an ES module',
    eachNode: true,
    async run(bench) {
      write(bench.project, { 'service.cjs': await inJavaScript('process', 'cjs') })
      await serve(bench, [node, ...strict, 'service.cjs'], { cwd: bench.project })
    },
  },
  {
    kind: 'TypeScript without a build',
    name: 'Node (strip-types)',
    version: 'Node 22.18 and later',
    eachNode: true,
    possible: major > 22 || (major === 22 && minor >= 18),
    async run(bench) {
      write(bench.project, { 'service.mts': inTypeScript('process') })
      await serve(bench, [node, 'service.mts'], { cwd: bench.project })
    },
  },
  {
    kind: 'TypeScript without a build',
    name: 'tsx',
    version: versionOf('tsx') ?? '',
    async run(bench) {
      write(bench.project, { 'tsx.ts': inTypeScript('process') })
      await serve(bench, [node, fileOf('tsx', 'dist/cli.mjs'), 'tsx.ts'], { cwd: bench.project })
    },
  },
  {
    kind: 'TypeScript without a build',
    name: 'ts-node',
    version: versionOf('ts-node') ?? '',
    note: 'CommonJS',
    async run(bench) {
      write(bench.project, { 'ts-node.cts': inTypeScript('process') })
      const compilerOptions = { module: 'commonjs', moduleResolution: 'node10', target: 'es2022' }
      const env = {
        TS_NODE_COMPILER: fileOf('typescript5.9', 'lib/typescript.js'),
        TS_NODE_COMPILER_OPTIONS: JSON.stringify(compilerOptions),
        TS_NODE_TRANSPILE_ONLY: 'true',
      }
      const program = fileOf('ts-node', 'dist/bin.js')
      await serve(bench, [node, program, 'ts-node.cts'], { cwd: bench.project, env })
    },
  },
  {
    kind: 'Other runtimes',
    name: 'Deno',
    version: listedVersionOf('@deno/linux-x64-glibc'),
    possible: deno !== undefined,
    async run(bench) {
      write(bench.project, { 'deno.mjs': await inJavaScript('process', 'esm') })
      const flags = ['run', '--allow-all', '--node-modules-dir=manual']
      const env = { DENO_DIR: join(bench.folder, 'deno'), DENO_NO_UPDATE_CHECK: '1' }
      await serve(bench, [deno ?? '', ...flags, 'deno.mjs'], { cwd: bench.project, env })
    },
  },
  {
    kind: 'Other runtimes',
    name: 'Bun',
    version: listedVersionOf('@oven/bun-linux-x64'),
    possible: bun !== undefined,
    async run(bench) {
      write(bench.project, { 'bun.ts': inTypeScript('process') })
      await serve(bench, [bun ?? '', 'bun.ts'], { cwd: bench.project })
    },
  },
]
