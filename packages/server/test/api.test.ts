import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as server from '@clew/server'
import { nodeEval, readmeProblems } from '@clew/testing'
import { expect, test } from '@jest/globals'

const folder = fileURLToPath(new URL('..', import.meta.url))

test('exports exactly this', () => {
  expect(Object.keys(server).sort()).toEqual([
    'ServerError',
    'allow',
    'answerWithin',
    'attach',
    'create',
    'draining',
    'failed',
    'grpc',
    'lifecycle',
    'listener',
    'prepare',
    'primary',
    'readWithin',
    'serve',
    'signal',
    'waitUntil',
  ])
})

test('the README names every export, option and error code', () => {
  expect(readmeProblems(folder)).toEqual([])
})

test('the sources import Node, themselves and what is bundled, nothing else', () => {
  const files = readdirSync(join(folder, 'src'), { recursive: true, encoding: 'utf8' })
  const imports = files
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => [
      ...readFileSync(join(folder, 'src', file), 'utf8').matchAll(/(?:from|import\() ?'([^']+)'/g),
    ])
    .map(([, name]) => name)
  expect(
    imports.filter((name) => !/^(node:|\.{1,2}\/|@clew\/internal\/)/.test(name ?? '')),
  ).toEqual([])
})

test.each([false, true])('importing it loads no other package (commonjs: %s)', async (commonjs) => {
  const list = `
    const { createRequire } = process.getBuiltinModule('node:module')
    const cache = Object.keys(createRequire(process.cwd() + '/x.js').cache)
    console.log('loaded', JSON.stringify(cache.filter((file) => file.includes('node_modules'))))
    console.log('listeners', process.listenerCount('SIGTERM') + process.listenerCount('uncaughtException'))`
  const child = nodeEval(
    commonjs ? `require('@clew/server');${list}` : `await import('@clew/server');${list}`,
    { cwd: folder, commonjs },
  )
  expect(await child.exit).toEqual({ code: 0, signal: null })
  expect(child.stdout).toBe('loaded []\nlisteners 0\n')
})
