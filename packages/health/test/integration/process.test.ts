import { fileURLToPath } from 'node:url'
import { nodeEval } from '@clew/testing'
import { describe, expect, test } from '@jest/globals'

const cwd = fileURLToPath(new URL('../..', import.meta.url))

/** A service: everything is down, one ping hangs, one listener rejects. Prints the errors. */
const program = `
  const { createServer } = require('node:http')
  process.on('unhandledRejection', (error) => { console.log('unhandled', error); process.exit(9) })
  const checker = health.checker([
    health.httpPinger('cache', '127.0.0.1:1'),
    health.pinger('hung', () => new Promise(() => {}), { timeoutMs: 50 }),
    health.pinger('late', (signal) => new Promise((_, reject) => setTimeout(reject, 100, new Error('late'))), { timeoutMs: 50 }),
    health.pinger('thrower', () => { throw null }),
  ], { cacheMs: 0 })
  checker.subscribe(async () => { throw new Error('listener') })
  const server = createServer(checker.handler('details')).listen(0, async () => {
    const url = 'http://127.0.0.1:' + server.address().port
    const body = async () => (await (await fetch(url)).json()).errors
    await body()
    console.log(JSON.stringify(await body()))
    await checker.shutdown()
    server.close()
    server.closeAllConnections()
    console.log('done')
  })`

describe.each([
  [
    'ESM',
    `import * as health from '@clew/health'; import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`,
  ],
  ['CommonJS', `const health = require('@clew/health');`],
])('built as %s', (format, head) => {
  test('works, crashes at nothing, and lets the process end', async () => {
    const child = nodeEval(head + program, { cwd, commonjs: format === 'CommonJS' })
    expect(await child.exit).toEqual({ code: 0, signal: null })
    const [errors, end] = child.stdout.split('\n')
    expect(JSON.parse(errors ?? '')).toEqual({
      cache: 'connect ECONNREFUSED 127.0.0.1:1',
      hung: expect.stringContaining('still runs'),
      late: expect.stringMatching(/still runs|no answer within 50 ms/),
      thrower: 'threw null',
    })
    expect(end).toBe('done')
    expect(child.stderr).toBe('')
  })
})

test('both formats in one process take pingers of each other', async () => {
  const child = nodeEval(
    `import * as esm from '@clew/health'
     import { createRequire } from 'node:module'
     const cjs = createRequire(import.meta.url)('@clew/health')
     const pingers = [esm.pinger('a', () => false), cjs.pinger('b', () => false)]
     for (const { checker } of [esm, cjs]) {
       const { checks } = await checker(pingers).check()
       console.log(esm.checker !== cjs.checker, checks.map(({ name, code }) => name + ' ' + code).join())
     }`,
    { cwd },
  )
  expect(await child.exit).toEqual({ code: 0, signal: null })
  expect(child.stdout).toBe('true a ERR_HEALTH_FALSE,b ERR_HEALTH_FALSE\n'.repeat(2))
})
