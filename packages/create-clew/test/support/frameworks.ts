import { fileURLToPath } from 'node:url'

/** A real application, of which `/orders/:id` answers and `/orders/bad` fails. */
export interface Application {
  readonly title: string
  readonly files: Readonly<Record<string, string>>
  /** Written in TypeScript: `tsc` makes `dist` of it. */
  readonly isCompiled: boolean
  /** What node starts. */
  readonly entry: string
  /** Whether the framework has a template of the path. */
  readonly hasRoutes: boolean
}

type Format = 'module' | 'commonjs'
type Language = 'js' | 'ts'

const port = 'Number(process.env.PORT ?? 8080)'

function manifest(name: string, type: Format, language: Language): string {
  const start = language === 'ts' ? 'node dist/server.js' : 'node server.js'
  return `${JSON.stringify({ name: `@shop/${name}`, type, scripts: { start } }, null, 2)}\n`
}

const tsconfig = (type: Format): string =>
  JSON.stringify({
    compilerOptions: {
      target: 'es2022',
      module: type === 'module' ? 'nodenext' : 'commonjs',
      moduleResolution: type === 'module' ? 'nodenext' : 'bundler',
      ignoreDeprecations: '6.0',
      outDir: 'dist',
      rootDir: 'src',
      strict: true,
      skipLibCheck: true,
      esModuleInterop: true,
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
      typeRoots: [fileURLToPath(new URL('../../../../node_modules/@types', import.meta.url))],
      types: ['node'],
      noUnusedLocals: true,
    },
    include: ['src'],
  })

function application(
  name: string,
  type: Format,
  language: Language,
  source: (load: Load) => string,
): Application {
  const isCompiled = language === 'ts'
  const usesImport = type === 'module' || isCompiled
  const text = source((names, from) =>
    usesImport
      ? `import ${names} from '${from}'`
      : `const ${names.replace(/^\* as /, '').replace(/ as /g, ': ')} = require('${from}')`,
  )
  return {
    title: `${name}, ${type === 'module' ? 'ESM' : 'CommonJS'}, ${isCompiled ? 'TypeScript' : 'JavaScript'}`,
    files: {
      'package.json': manifest(name, type, language),
      [isCompiled ? 'src/server.ts' : 'server.js']: text,
      ...(isCompiled ? { 'tsconfig.json': tsconfig(type) } : {}),
    },
    isCompiled,
    entry: isCompiled ? 'dist/server.js' : 'server.js',
    hasRoutes: name !== 'http',
  }
}

type Load = (names: string, from: string) => string

const express = (load: Load): string => `${load('express', 'express')}

// app.listen(8080) is further down
const app = express()
app.get('/orders/:id', (req, res) => {
  if (req.params.id === 'bad') throw new Error('no such order')
  res.json({ id: req.params.id })
})

app.listen(${port}, () => {
  console.log('listening')
})
`

const fastify = (load: Load): string => `${load('fastify', 'fastify')}

const app = fastify()
app.get('/orders/:id', async (request) => {
  const { id } = request.params as { id: string }
  if (id === 'bad') throw new Error('no such order')
  return { id }
})

app.listen({ port: ${port}, host: '127.0.0.1' }, () => console.log('listening'))
`

const koa = (load: Load): string => `${load('Koa', 'koa')};
${load('Router', '@koa/router')};

const app = new Koa({ env: 'test' });
app.silent = true;
const router = new Router();
router.get('/orders/:id', (context) => {
  if (context.params.id === 'bad') throw new Error('no such order');
  context.body = { id: context.params.id };
});
app.use(router.routes());

const server = app.listen(${port}, () => console.log('listening'));
server.keepAliveTimeout = 5000;
`

const hono = (load: Load): string => `${load('{ serve }', '@hono/node-server')}
${load('{ Hono }', 'hono')}

const app = new Hono()
app.get('/orders/:id', (c) => {
  if (c.req.param('id') === 'bad') throw new Error('no such order')
  return c.json({ id: c.req.param('id') })
})

serve({
  fetch: app.fetch,
  port: ${port},
}, () => console.log('listening'))
`

const nest =
  (onFastify: boolean) =>
  (load: Load): string =>
    `import 'reflect-metadata'
${load('{ Controller, Get, Module, Param }', '@nestjs/common')}
${load('{ NestFactory }', '@nestjs/core')}
${onFastify ? `${load('{ FastifyAdapter, type NestFastifyApplication }', '@nestjs/platform-fastify')}\n` : ''}
@Controller('orders')
class Orders {
  @Get(':id')
  find(@Param('id') id: string) {
    if (id === 'bad') throw new Error('no such order')
    return { id }
  }
}

@Module({ controllers: [Orders] })
class AppModule {}

async function bootstrap() {
  const app = await NestFactory.create${onFastify ? '<NestFastifyApplication>' : ''}(AppModule, ${onFastify ? 'new FastifyAdapter(), ' : ''}{ logger: false })
  // Start.
  await app.listen(${port})
  console.log('listening')
}
void bootstrap()
`

const http = (load: Load): string => `${load('* as http', 'node:http')}

http.createServer((req, res) => {
  const id = req.url?.split('/')[2]
  if (id === 'bad') throw new Error('no such order')
  res.setHeader('content-type', 'application/json').end(JSON.stringify({ id }))
}).listen(${port}, () => console.log('listening'))
`

/** JavaScript has no annotations. */
const plain = (source: (load: Load) => string) => (load: Load) =>
  source(load).replace(' as { id: string }', '')

type Cell = readonly [name: string, type: Format, language: Language]

const sources: Readonly<Record<string, (load: Load) => string>> = {
  express,
  fastify,
  koa,
  hono,
  http,
  nest: nest(false),
  'nest-fastify': nest(true),
}

const cell = ([name, type, language]: Cell): Application => {
  const source = sources[name] ?? express
  return application(name, type, language, language === 'ts' ? source : plain(source))
}

/** `CLEW_CELLS=all` tries every framework in every format and language. */
const isComplete = process.env['CLEW_CELLS'] === 'all'

const formats = ['module', 'commonjs'] as const
const allCells: readonly Cell[] = Object.keys(sources).flatMap((name) =>
  // Nest needs decorators.
  (name.startsWith('nest') ? (['ts'] as const) : (['js', 'ts'] as const)).flatMap((language) =>
    formats.map((type): Cell => [name, type, language]),
  ),
)
export const everyApplication: readonly Application[] = allCells.map(cell)

const someCells: readonly Cell[] = [
  ['express', 'commonjs', 'ts'],
  ['fastify', 'module', 'js'],
  ['koa', 'commonjs', 'js'],
  ['hono', 'module', 'ts'],
  ['http', 'commonjs', 'js'],
  ['nest', 'module', 'ts'],
  ['nest-fastify', 'commonjs', 'ts'],
]

export const applications: readonly Application[] = isComplete
  ? everyApplication
  : someCells.map(cell)

/** Those of frameworks that have middleware. */
export const withMiddleware: readonly Application[] = (
  isComplete
    ? allCells.filter(([name]) => name !== 'http')
    : ([
        ['express', 'module', 'ts'],
        ['fastify', 'module', 'ts'],
        ['koa', 'commonjs', 'js'],
      ] as const)
).map(cell)
