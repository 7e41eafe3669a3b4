import { fileURLToPath } from 'node:url'
import { nodeEval, readmeProblems } from '@clew/testing'
import * as trace from '@clew/trace'
import { expect, test } from '@jest/globals'

const folder = fileURLToPath(new URL('..', import.meta.url))

test('the exports', () => {
  expect(Object.keys(trace).sort()).toEqual([
    'TraceError',
    'adaptiveSampler',
    'configure',
    'console',
    'extract',
    'http',
    'inject',
    'otlp',
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
  '@clew/trace/grpc',
])('importing %s loads no package at all, and leaves nothing on globalThis', async (name) => {
  const program = `
      const { Session } = await import('node:inspector')
      const session = new Session()
      session.connect()
      const scripts = []
      session.on('Debugger.scriptParsed', ({ params }) => scripts.push(params.url))
      session.post('Debugger.enable')
      const before = Reflect.ownKeys(globalThis).length
      await import('${name}')
      const left = Reflect.ownKeys(globalThis).length - before
      const { createRequire } = await import('node:module')
      createRequire(process.cwd() + '/x.js')('${name}')
      console.log(JSON.stringify({ left, scripts: scripts.filter((url) => url.includes('node_modules')) }))
      process.exit(0)`
  const child = nodeEval(program, { cwd: folder })
  expect(await child.exit).toEqual({ code: 0, signal: null })
  expect(JSON.parse(child.stdout)).toEqual({ left: 0, scripts: [] })
})
