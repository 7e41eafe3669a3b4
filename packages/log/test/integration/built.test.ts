import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { nodeEval, startNode } from '@clew/testing'
import { expect, test } from '@jest/globals'

const cwd = fileURLToPath(new URL('../..', import.meta.url))

test.each([
  ['ESM', `await import('@clew/log')`],
  ['CommonJS', `createRequire(process.cwd() + '/x.js')('@clew/log')`],
])('caller: none of the files that the built %s package consists of', async (_format, load) => {
  const child = nodeEval(
    `import { createRequire } from 'node:module'
    const log = ${load}
    const logger = log.configure({ caller: true, outputs: { format: 'json' } })
    logger.info('logger')
    log.warn('ambient')
    log.asConsole().log('console')
    log.asPino(logger).info('pino')`,
    { cwd },
  )
  expect(await child.exit).toEqual({ code: 0, signal: null })
  const lines = child.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(lines.map(({ msg, file }) => [msg, file])).toEqual([
    ['logger', 'log/[eval1]:4'],
    ['ambient', 'log/[eval1]:5'],
    ['console', 'log/[eval1]:6'],
    ['pino', 'log/[eval1]:7'],
  ])
})

test.each([
  ['ESM', 'a.mjs', (built: string) => `import * as log from ${JSON.stringify(built)}`],
  ['CommonJS', 'a.cjs', (built: string) => `const log = require(${JSON.stringify(built)})`],
])('caller: the file of %s as it is named on disk', async (_format, name, load) => {
  const folder = mkdtempSync(join(tmpdir(), 'Größe (100%) '))
  try {
    const format = name.endsWith('.mjs') ? 'esm' : 'cjs'
    const built = new URL(`../../dist/${format}/index.js`, import.meta.url)
    const specifier = format === 'esm' ? built.href : fileURLToPath(built)
    const file = join(folder, name)
    const configure = `log.configure({ caller: true, outputs: { format: 'json' } })`
    writeFileSync(file, `${load(specifier)}\n${configure}\nlog.warn('here')\n`)
    const child = startNode(file)
    expect(await child.exit).toEqual({ code: 0, signal: null })
    expect(JSON.parse(child.stdout).file).toBe(`${basename(folder)}/${name}:3`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('several outputs: each has its format, its level and its place', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'clew-log-'))
  try {
    const file = join(folder, 'warnings.log')
    const child = nodeEval(
      `import * as log from '@clew/log'
      const logger = log.create({
        level: 'debug',
        outputs: [
          { format: 'json', level: 'info' },
          { to: 'stderr', format: ({ level, msg }) => level + ': ' + msg },
          { to: ${JSON.stringify(file)}, format: 'logfmt', level: 'warn' },
        ],
      })
      for (const level of ['debug', 'info', 'warn', 'error']) logger.log(level, 'm', { n: 1 })`,
      { cwd },
    )
    expect(await child.exit).toEqual({ code: 0, signal: null })
    const rows = (text: string) => text.trim().split('\n')
    expect(rows(child.stdout).map((row) => JSON.parse(row).level)).toEqual([
      'info',
      'warn',
      'error',
    ])
    expect(rows(child.stderr)).toEqual(['debug: m', 'info: m', 'warn: m', 'error: m'])
    expect(rows(readFileSync(file, 'utf8'))).toEqual([
      expect.stringMatching(/^time=\S+ level=warn msg=m n=1$/),
      expect.stringMatching(/^time=\S+ level=error msg=m n=1$/),
    ])
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test.each([
  ['ESM', `await import('@clew/log/grpc')`],
  ['CommonJS', `createRequire(process.cwd() + '/x.js')('@clew/log/grpc')`],
])('a gRPC handler that crashes the process: %s', async (_format, load) => {
  const child = nodeEval(
    `import { createRequire } from 'node:module'
    import * as grpc from '@grpc/grpc-js'
    import * as log from '@clew/log'
    const { serverInterceptor } = ${load}
    log.configure({ outputs: { format: ({ level, msg, fields }) => [level, msg, fields.request_id, fields['grpc.method']].join(' ') } })
    const bytes = (value) => value
    const path = '/pay.v1.Payments/Charge'
    const charge = { path, requestStream: false, responseStream: false, requestSerialize: bytes,
      requestDeserialize: bytes, responseSerialize: bytes, responseDeserialize: bytes }
    const server = new grpc.Server({ interceptors: [serverInterceptor()] })
    server.addService({ charge }, { async charge() {
      log.info('held')
      await null
      throw new Error('boom')
    } })
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (_error, port) => {
      const client = new grpc.Client('127.0.0.1:' + port, grpc.credentials.createInsecure())
      const metadata = new grpc.Metadata()
      metadata.set('x-request-id', 'r1')
      client.makeUnaryRequest(path, bytes, bytes, Buffer.alloc(0), metadata, () => {})
    })`,
    { cwd },
  )
  expect((await child.exit).code).toBe(1)
  expect(child.stdout).toBe(
    'info held r1 Charge\nwarn end r1 Charge\nfatal unhandled rejection r1 Charge\n',
  )
})
