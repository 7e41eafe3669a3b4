import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { applyPatch } from 'diff'

/** Where the applications are. */
export const folder: string = fileURLToPath(
  new URL('../../../examples/frameworks/', import.meta.url),
)
const built = join(folder, 'dist')
const tsc = fileURLToPath(new URL('../../../node_modules/.bin/tsc', import.meta.url))

/** An application as it is with a package: `all` of them, or `plain` without any. */
export interface Cell {
  readonly application: string
  readonly name: string
  /** The compiled program. */
  readonly program: string
}

/**
 * Applies each diff to the plain application of its folder, and compiles the results: in their
 * workspace, so that they import the frameworks and the built packages as an application does.
 */
export function buildCells(): readonly Cell[] {
  rmSync(built, { recursive: true, force: true })
  const cells = readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, 'plain.ts')))
    .flatMap(applied)
  copyFileSync(join(folder, 'orders.ts'), join(built, 'src/orders.ts'))
  const compilerOptions = {
    noEmit: false,
    // The published types, not the sources.
    customConditions: null,
    rootDir: './src',
    outDir: './js',
  }
  const config = { extends: '../tsconfig.json', compilerOptions, include: ['./src'] }
  writeFileSync(join(built, 'tsconfig.json'), JSON.stringify(config))
  execFileSync(tsc, ['-p', built], { stdio: 'inherit' })
  return cells
}

function applied(application: string): Cell[] {
  const target = join(built, 'src', application)
  mkdirSync(target, { recursive: true })
  const plain = readFileSync(join(folder, application, 'plain.ts'), 'utf8')
  const write = (name: string, source: string): Cell => {
    writeFileSync(join(target, `${name}.ts`), source)
    return { application, name, program: join(built, 'js', application, `${name}.js`) }
  }
  return readdirSync(join(folder, application)).flatMap((file) => {
    if (file === 'plain.ts') return [write('plain', plain)]
    if (!file.endsWith('.diff')) {
      copyFileSync(join(folder, application, file), join(target, file))
      return []
    }
    const name = basename(file, '.diff')
    return [write(name, sourceOf(application, name))]
  })
}

/** An application with a package. */
export function sourceOf(application: string, name: string): string {
  const read = (file: string) => readFileSync(join(folder, application, file), 'utf8')
  const source = applyPatch(read('plain.ts'), read(`${name}.diff`))
  if (source === false) throw new Error(`${application}/${name}.diff does not fit plain.ts`)
  return source
}
