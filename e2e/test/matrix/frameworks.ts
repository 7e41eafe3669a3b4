// Each framework with all packages, in a folder into which npm has installed it and the tarballs,
// compiled against the types that came with them.
import { copyFileSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { folder as examples, sourceOf } from '../examples/cells.ts'
import { keys } from '../examples/credential.ts'
import { invokes } from '../examples/invocation.ts'
import { jobs } from '../examples/jobs.ts'
import { promises } from '../examples/promises.ts'
import { type Running, startCell } from '../examples/running.ts'
import { type Bench, json, serve, succeed, write } from './bench.ts'
import type { Cell } from './cell.ts'
import { manifestOf, npmInstall } from './installers.ts'
import { customServer } from './next.ts'
import { names } from './packed.ts'
import { fileOf, versionOf } from './tools.ts'

interface Framework {
  readonly name: string
  /** The folder in examples/frameworks; undefined: applications/grpc.ts. */
  readonly application?: string
  /** What is installed beside the packages; the first one is the framework. */
  readonly dependencies: readonly string[]
  /** What it cannot have. */
  readonly without?: readonly string[]
  /** Runs the program, and checks what each package promises. */
  run(program: string, bench: Bench): Promise<unknown>
}

/** Starts the program, and asks it. */
const asks = (check: ((app: Running) => Promise<void>) | undefined) => async (program: string) => {
  const app = await startCell({ program }, { ...keys, PAUSE_MS: '20' })
  try {
    if (check === undefined) throw new Error('nothing is known of all packages')
    await check(app)
  } finally {
    await app.close()
  }
}

/** A server with three routes, whose templates it knows. */
const serves = asks((app) => allOf(app, '/orders/:id/ship'))
const allOf = (app: Running, route: string | undefined) =>
  promises['all']?.(app, { route }) ?? Promise.reject(new Error('no promise'))

const nest = ['@nestjs/core', '@nestjs/common', 'reflect-metadata', 'rxjs']

const list: readonly Framework[] = [
  {
    name: 'node:http',
    application: 'node-http',
    dependencies: [],
    run: asks((app) => allOf(app, undefined)),
  },
  {
    name: 'Express 5',
    application: 'express5',
    dependencies: ['express', '@types/express'],
    run: serves,
  },
  {
    name: 'Express 4',
    application: 'express4',
    dependencies: ['express4', '@types/express'],
    run: serves,
  },
  { name: 'Fastify 5', application: 'fastify', dependencies: ['fastify'], run: serves },
  {
    name: 'Koa 3',
    application: 'koa',
    dependencies: ['koa', '@koa/router', '@types/koa'],
    run: serves,
  },
  { name: 'Hono 4', application: 'hono', dependencies: ['hono', '@hono/node-server'], run: serves },
  {
    name: 'Nest 11 on Express',
    application: 'nest-express',
    dependencies: [...nest, '@nestjs/platform-express', '@types/express'],
    run: serves,
  },
  {
    name: 'Nest 11 on Fastify',
    application: 'nest-fastify',
    dependencies: [...nest, '@nestjs/platform-fastify'],
    run: serves,
  },
  {
    name: 'gRPC (@grpc/grpc-js)',
    dependencies: ['@grpc/grpc-js'],
    run: (program, bench) =>
      serve(bench, [process.execPath, program], {
        cwd: bench.folder,
        span: 'shop.Orders/Ship',
        metric: 'rpc.server.call.duration',
      }),
  },
  {
    name: 'a worker without HTTP',
    application: 'worker',
    dependencies: [],
    without: ['security'],
    run: asks(jobs['all']),
  },
  {
    name: 'AWS Lambda',
    application: 'lambda',
    dependencies: [],
    without: ['debug', 'health', 'server'],
    run: (program) => invokes({ program, name: 'all' }),
  },
]

const installedVersion = (name: string) => versionOf(name) ?? ''

/** The version that the tests have, also of a package with another name there. */
const rangeOf = (name: string) =>
  name === 'express4' ? `npm:express@${installedVersion(name)}` : installedVersion(name)

// Fastify 5 installs a cookie that names Node 22, and needs less.
const upstream = /EBADENGINE/

const compilerOptions = {
  target: 'es2023',
  module: 'nodenext',
  types: ['node'],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  rewriteRelativeImportExtensions: true,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
  rootDir: 'src',
  outDir: 'js',
}

const grpc = new URL('applications/grpc.ts', import.meta.url)

/** Installs a framework and the packages, and compiles its application. Returns the program. */
async function build(bench: Bench, framework: Framework): Promise<string> {
  const { application, dependencies, without = [] } = framework
  const folder = join(bench.folder, 'frameworks', application ?? 'grpc')
  const others = ['@opentelemetry/api', '@types/node', ...dependencies]
  const ranges = Object.fromEntries(others.map((name) => [name, rangeOf(name)]))
  const packages = names.filter((name) => !without.includes(name))
  const manifest = manifestOf(bench, packages, ranges)
  await npmInstall(folder, { ...manifest, type: 'module' }, upstream)
  write(folder, {
    'tsconfig.json': json({ compilerOptions, include: ['src'] }),
    'src/app/main.ts': application ? sourceOf(application, 'all') : readFileSync(grpc, 'utf8'),
  })
  copyFileSync(join(examples, 'orders.ts'), join(folder, 'src/orders.ts'))
  for (const file of application ? readdirSync(join(examples, application)) : []) {
    if (!file.endsWith('.d.ts')) continue
    copyFileSync(join(examples, application ?? '', file), join(folder, 'src/app', file))
  }
  await succeed(process.execPath, [fileOf('typescript', 'bin/tsc'), '-p', '.'], { cwd: folder })
  return join(folder, 'js/app/main.js')
}

const kind = 'Frameworks'

export const frameworks: readonly Cell[] = [
  ...list.map((framework): Cell => {
    const { name, dependencies, without = [] } = framework
    return {
      kind,
      name,
      version: dependencies[0] ? installedVersion(dependencies[0]) : 'Node',
      packages: names.filter((each) => !without.includes(each)),
      run: async (bench) => framework.run(await build(bench, framework), bench),
    }
  }),
  { kind, packages: names, ...customServer },
]
