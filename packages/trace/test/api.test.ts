import { fileURLToPath } from 'node:url'
import { nodeEval, readmeProblems } from '@clew/testing'
import * as trace from '@clew/trace'
import { expect, test } from '@jest/globals'

const folder = fileURLToPath(new URL('..', import.meta.url))

test('the exports', () => {
  expect(Object.keys(trace).sort()).toEqual([
    'TraceError',
    'active',
    'adaptiveSampler',
    'bind',
    'configure',
    'console',
    'errors',
    'extract',
    'http',
    'inject',
    'otlp',
    'process',
    'publish',
    'query',
    'receive',
    'receiveEach',
    'send',
    'span',
    'traced',
  ])
})

test('the README says what the source says', () => {
  expect(readmeProblems(folder)).toEqual([])
})

test.each([
  '@clew/trace',
  '@clew/trace/fastify',
  '@clew/trace/koa',
  '@clew/trace/hono',
  '@clew/trace/nest',
  '@clew/trace/clients',
  '@clew/trace/grpc',
])(
  'importing %s loads no package at all, and leaves on globalThis only what the packages share',
  async (name) => {
    const program = `
      const { Session } = await import('node:inspector')
      const session = new Session()
      session.connect()
      const scripts = []
      session.on('Debugger.scriptParsed', ({ params }) => scripts.push(params.url))
      session.post('Debugger.enable')
      const before = new Set(Reflect.ownKeys(globalThis))
      await import('${name}')
      const isLeft = (key) => !before.has(key) && globalThis[key] !== undefined
      const left = Reflect.ownKeys(globalThis).filter(isLeft).map(String)
      const { createRequire } = await import('node:module')
      createRequire(process.cwd() + '/x.js')('${name}')
      console.log(JSON.stringify({ left, scripts: scripts.filter((url) => url.includes('node_modules')) }))
      process.exit(0)`
    const child = nodeEval(program, { cwd: folder })
    expect(await child.exit).toEqual({ code: 0, signal: null })
    // Who looks on, and the storage of frames; gRPC and clients have no record of a request.
    const shared = ['Symbol(@clew/observers/v1)', 'Symbol(@clew/context/v1)']
    const left = /grpc|clients/.test(name) ? [] : shared
    expect(JSON.parse(child.stdout)).toEqual({ left, scripts: [] })
  },
)
