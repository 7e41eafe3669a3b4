import { nodeEval } from '@clew/testing'
import { expect, test } from '@jest/globals'
import { packageFolder } from '../support/workload.ts'

test('a listener that rejects does not end the process', async () => {
  const child = nodeEval(
    `import * as debug from '@clew/debug'
const console_ = debug.console({ logger: { override: () => () => {} }, heapSampling: false })
console_.subscribe(async () => { throw new Error('boom') })
console_.subscribe(({ type }) => console.log(type))
console_.sessions.open()
await new Promise(setImmediate)
await console_.shutdown()`,
    { cwd: packageFolder },
  )
  expect(await child.exit).toEqual({ code: 0, signal: null })
  expect([child.stdout, child.stderr]).toEqual(['debug.session_opened\ndebug.session_closed\n', ''])
})
