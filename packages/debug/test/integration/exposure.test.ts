import { nodeEval } from '@clew/testing'
import { describe, expect, test } from '@jest/globals'
import { packageFolder } from '../support/workload.ts'

async function outcome(options: string, serve: string) {
  const child = nodeEval(
    `import { createServer } from 'node:http'
import express from 'express'
import * as debug from '@clew/debug'

const { handler } = debug.console({ logger: { override: () => () => {} }, ${options} })
const begun = () => { console.log('begun'); process.exit(0) }
${serve}
`,
    { cwd: packageFolder },
  )
  const { code } = await child.exit
  return { code, output: child.stdout + child.stderr }
}

const exposed =
  /debug\.console: guard must be a function, since a server with the console listens on \S+ port \d+; received undefined/

describe('without a guard', () => {
  test.each([
    ['node:http on all addresses', 'createServer(handler).listen(0, begun)'],
    ['node:http on 0.0.0.0', "createServer(handler).listen(0, '0.0.0.0', begun)"],
    ['Express', 'express().use(handler).listen(0, begun)'],
    ['Express, below a path', "express().use('/debug', handler).listen(0, '0.0.0.0', begun)"],
    [
      'a second listener',
      "createServer(handler).on('request', handler).listen(0, '0.0.0.0', begun)",
    ],
  ])('%s: the process ends at its start', async (_, serve) => {
    const { code, output } = await outcome(
      '',
      `setTimeout(begun, 5000); ${serve.replace('begun', '() => {}')}`,
    )
    expect(output).toMatch(exposed)
    expect(output).not.toContain('begun')
    expect(code).not.toBe(0)
  })
})

test.each([
  ['on loopback', '', "createServer(handler).listen(0, '127.0.0.1', begun)"],
  ['on ::1', '', "createServer(handler).listen(0, '::1', begun).on('error', begun)"],
  ['with a guard', 'guard: () => true', "createServer(handler).listen(0, '0.0.0.0', begun)"],
  ['another server', '', "createServer(() => {}).listen(0, '0.0.0.0', begun)"],
])('%s it begins', async (_, options, serve) => {
  expect(await outcome(options, serve)).toMatchObject({
    code: 0,
    output: expect.stringContaining('begun'),
  })
})
