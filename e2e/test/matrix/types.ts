// The types of every export, without `skipLibCheck`, for each TypeScript and each way to resolve.
import { join } from 'node:path'
import { type Bench, json, succeed, write } from './bench.ts'
import type { Cell } from './cell.ts'
import { entriesOf, names } from './packed.ts'
import { inTypeScript } from './program.ts'
import { fileOf, versionOf } from './tools.ts'

const resolutions = ['node16', 'nodenext', 'bundler'] as const
type Resolution = (typeof resolutions)[number]

const compilers = [
  { tool: 'typescript5.4', file: 'lib/tsc.js' },
  { tool: 'typescript5.9', file: 'lib/tsc.js' },
  { tool: 'typescript', file: 'bin/tsc' },
]

/** A module that takes each export of each package, and whose own declarations have to be written. */
function everything(withGrpc: boolean): string {
  const entries = names.flatMap(entriesOf).filter((name) => withGrpc || !name.endsWith('/grpc'))
  const imports = entries.map((entry, index) => `import * as entry${index} from '${entry}'`)
  const exported = entries.map((_, index) => `export const all${index} = { ...entry${index} }`)
  return [...imports, ...exported, ''].join('\n')
}

// The types of @grpc/grpc-js itself do not compile there, which is why `skipLibCheck` is so common.
const isUnfit = (tool: string, how: Resolution) => tool === 'typescript5.4' && how === 'bundler'

async function check(
  bench: Bench,
  tool: { tool: string; file: string },
  how: Resolution,
): Promise<void> {
  const folder = `types/${tool.tool}-${how}`
  const isBundler = how === 'bundler'
  const imports = everything(!isUnfit(tool.tool, how))
  const compilerOptions = {
    target: 'es2022',
    lib: ['es2023'],
    types: ['node'],
    module: isBundler ? 'esnext' : how,
    moduleResolution: how,
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    declaration: true,
    noEmit: true,
  }
  const sources = isBundler
    ? { 'service.ts': inTypeScript('process'), 'everything.ts': imports }
    : {
        'service.mts': inTypeScript('process'),
        'service.cts': inTypeScript('process'),
        'everything.mts': imports,
        'everything.cts': imports,
      }
  write(join(bench.project, folder), { 'tsconfig.json': json({ compilerOptions }), ...sources })
  await succeed(process.execPath, [fileOf(tool.tool, tool.file), '-p', folder], {
    cwd: bench.project,
  })
}

export const types: readonly Cell[] = compilers.flatMap((tool) =>
  resolutions.map((how): Cell => {
    const version = versionOf(tool.tool) ?? ''
    return {
      kind: 'Types',
      name: `TypeScript ${version.split('.').slice(0, 2).join('.')}, ${how}`,
      version,
      ...(isUnfit(tool.tool, how)
        ? { note: 'without the entries for gRPC, whose own types fail' }
        : {}),
      run: (bench) => check(bench, tool, how),
    }
  }),
)
