import { fileURLToPath } from 'node:url'
import * as log from '@clew/log'
import { nodeEval, readmeProblems } from '@clew/testing'
import { expect, test } from '@jest/globals'

const folder = fileURLToPath(new URL('..', import.meta.url))

test('exports exactly this', () => {
  expect(Object.keys(log).sort()).toEqual([
    'LogError',
    'asConsole',
    'asNest',
    'asPino',
    'asWinston',
    'bind',
    'child',
    'client',
    'configure',
    'create',
    'debug',
    'enter',
    'error',
    'errors',
    'fatal',
    'flush',
    'http',
    'info',
    'isEnabled',
    'isTerminal',
    'log',
    'otel',
    'print',
    'scope',
    'set',
    'warn',
  ])
})

test('the README names every export, option and error code', () => {
  expect(readmeProblems(folder)).toEqual([])
})

test.each([
  ['@clew/log', false],
  ['@clew/log', true],
  ...['fastify', 'koa', 'hono', 'nest', 'grpc'].flatMap((entry) =>
    [false, true].map((commonjs) => [`@clew/log/${entry}`, commonjs] as const),
  ),
] as const)('importing %s loads nothing (commonjs: %s)', async (name, commonjs) => {
  const list = `
    const { createRequire } = process.getBuiltinModule('node:module')
    const cache = Object.keys(createRequire(process.cwd() + '/x.js').cache)
    console.log('loaded', JSON.stringify(cache.filter((file) => file.includes('node_modules'))))
    console.log('listeners', process.eventNames().filter((name) => /^SIG|uncaught/.test(String(name))).join())`
  const child = nodeEval(
    commonjs ? `require('${name}');${list}` : `await import('${name}');${list}`,
    { cwd: folder, commonjs },
  )
  expect(await child.exit).toEqual({ code: 0, signal: null })
  expect(child.stdout).toBe('loaded []\nlisteners \n')
})

test('it is what the other packages expect of a logger', () => {
  type Level = 'debug' | 'info' | 'warn' | 'error' | 'fatal'
  const like: {
    log(level: Level, message: string, fields?: Record<string, unknown>): void
    override(override: {
      readonly level: 'debug' | 'info' | 'warn' | 'error'
      match?(request: import('node:http').IncomingMessage): boolean
    }): () => void
    http(): (
      req: import('node:http').IncomingMessage,
      res: import('node:http').ServerResponse,
      next: (error?: unknown) => void,
    ) => void
    shutdown(): Promise<void>
  } = log.create({ outputs: [] })
  expect(like.log('info', 'message', { a: 1 })).toBeUndefined()
})
