import { fileURLToPath } from 'node:url'
import { nodeEval } from '@clew/testing'
import { expect, test } from '@jest/globals'

const cwd = fileURLToPath(new URL('../..', import.meta.url))

/** Megabytes that `program` keeps, run in a process of its own. */
async function kept(program: string): Promise<number> {
  const child = nodeEval(
    `import * as log from '@clew/log'
    const megabytes = () => {
      gc()
      gc()
      const { heapUsed, external } = process.memoryUsage()
      return (heapUsed + external) / 1e6
    }
    const logger = log.create({ outputs: { to: '/dev/null', format: 'json' } })
    const run = () => { ${program} }
    const open = []
    const inScope = (fn) => logger.scope({}, () => {
      fn()
      return new Promise((resolve) => open.push(resolve))
    })
    // A string that nothing else refers to, flat like one that was read.
    const big = (i) => Buffer.alloc(1_000_000, 97 + (i % 20)).toString() + i
    const before = megabytes()
    run()
    console.log(megabytes() - before)`,
    { cwd, execArgv: ['--expose-gc'] },
  )
  expect(await child.exit).toEqual({ code: 0, signal: null })
  return Number(child.stdout)
}

test.each([
  ['ids', `logger.info('m', { id: body.slice(5, 45) })`],
  ['messages', `logger.info(body.slice(5, 45))`],
  ['nested ids', `logger.info('m', { order: { list: [body.slice(5, 45)] } })`],
  ['values made plain', `logger.info('m', { order: new Map([['id', body.slice(5, 45)]]) })`],
  ['errors', `logger.info('m', { err: new Error(body.slice(5, 45)) })`],
])('held %s do not keep the bodies that they were cut out of', async (_what, line) => {
  const lines = `for (let i = 0; i < 100; i++) { const body = big(i); body.charCodeAt(7); ${line} }`
  expect(await kept(`inScope(() => { ${lines} })`)).toBeLessThan(5)
})

test.each([
  ['names of fields', `logger.info('m', { [name]: 1 })`],
  ['names in values', `logger.info('m', { body: { [name]: 1 } })`],
  ['keys of maps', `logger.info('m', { body: new Map([[name, 1], [name + 1, 2]]) })`],
  [
    'short names cut out of long ones',
    `logger.info('m', { body: new Map([[name.slice(0, 20), 1], [{}, 1]]) })`,
  ],
])('%s are not kept', async (_what, line) => {
  const program = `for (let i = 0; i < 500; i++) {
    const name = (i + 'k').padEnd(20, 'x') + Buffer.alloc(50_000, 97 + (i % 20)).toString()
    name.charCodeAt(7)
    ${line}
  }`
  expect(await kept(program)).toBeLessThan(5)
})
