// The service as a test, for each test runner.
import { join } from 'node:path'
import { type Bench, json, serve, write } from './bench.ts'
import type { Cell } from './cell.ts'
import { inJavaScript, inTypeScript } from './program.ts'
import { fileOf, folderOf, versionOf } from './tools.ts'

const kind = 'Test runners'
const version = versionOf('jest') ?? ''

async function jest(bench: Bench, config: object, flags: readonly string[] = []): Promise<void> {
  const name = `jest-${++configurations}.json`
  const whole = { rootDir: bench.project, testEnvironment: 'node', ...config }
  write(bench.project, { [name]: json(whole) })
  const program = fileOf('jest', 'bin/jest.js')
  const args = [...flags, program, '-c', name, '--runInBand', '--watchman=false']
  await serve(bench, [process.execPath, ...args], { cwd: bench.project })
}

let configurations = 0

export const runners: readonly Cell[] = [
  {
    kind,
    name: 'Jest, CommonJS',
    version,
    async run(bench) {
      write(bench.project, { 'tests/commonjs.test.cjs': await inJavaScript('test', 'cjs') })
      await jest(bench, { testMatch: ['**/tests/*.test.cjs'], transform: {} })
    },
  },
  {
    kind,
    name: 'Jest, ES modules',
    version,
    async run(bench) {
      write(bench.project, { 'tests/module.test.mjs': await inJavaScript('test', 'esm') })
      const config = { testMatch: ['**/tests/*.test.mjs'], transform: {} }
      await jest(bench, config, ['--experimental-vm-modules'])
    },
  },
  {
    kind,
    name: 'Jest with @swc/jest',
    version: versionOf('@swc/jest') ?? '',
    note: 'TypeScript to CommonJS',
    async run(bench) {
      write(bench.project, { 'tests/swc.test.ts': inTypeScript('test') })
      const options = {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        module: { type: 'commonjs' },
      }
      const transform = { '\\.ts$': [fileOf('@swc/jest', 'index.js'), options] }
      await jest(bench, { testMatch: ['**/tests/swc.test.ts'], transform })
    },
  },
  {
    kind,
    name: 'Vitest',
    version: versionOf('vitest') ?? '',
    async run(bench) {
      write(bench.project, { 'tests/vitest.spec.ts': inTypeScript('test') })
      const program = join(folderOf('vitest'), 'vitest.mjs')
      const args = ['run', '--globals', '--root', bench.project, 'tests/vitest.spec.ts']
      await serve(bench, [process.execPath, program, ...args], { cwd: bench.project })
    },
  },
]
