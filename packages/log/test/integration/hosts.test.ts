import { fileURLToPath } from 'node:url'
import { nodeEval } from '@clew/testing'
import { describe, expect, test } from '@jest/globals'
import { parsed } from '../pipe.ts'

const cwd = fileURLToPath(new URL('../..', import.meta.url))

/** What the host got, call by call, of a program that calls `take` with a stream's name. */
async function taken(program: string) {
  const child = nodeEval(
    `
    import { writeSync } from 'node:fs'
    import * as log from '@clew/log'
    const calls = []
    // As PM2 does it in cluster mode.
    const take = (name) => {
      process[name].write = (string, encoding, done) => {
        calls.push(string)
        if (typeof done === 'function') done()
      }
    }
    const turn = () => new Promise((resolve) => setImmediate(resolve))
    process.on('exit', () => process.nextTick(() => {}))
    ${program}
    // Behind the hook of the logger.
    process.on('exit', () => writeSync(1, JSON.stringify(calls)))`,
    { cwd },
  )
  const { code } = await child.exit
  if (code !== 0) throw new Error(child.stderr)
  const calls = JSON.parse(child.stdout) as string[]
  return calls.map((call) => parsed(call).map(({ msg }) => msg))
}

describe.each(['stdout', 'stderr'])('a host that has replaced %s.write gets the lines', (to) => {
  test.each([
    [
      'before the logger is made',
      `take('${to}')
       const logger = log.create({ outputs: { to: '${to}', format: 'json' } })
       logger.info('a')
       logger.info('b')
       await turn()
       logger.error('c')`,
    ],
    [
      'after it is made',
      `const logger = log.create({ outputs: { to: '${to}', format: 'json' } })
       take('${to}')
       logger.info('a')
       logger.info('b')
       await turn()
       logger.error('c')`,
    ],
    [
      'and logs at the end of the process',
      `take('${to}')
       const logger = log.create({ outputs: { to: '${to}', format: 'json' } })
       logger.info('a')
       logger.info('b')
       process.on('exit', () => logger.info('c'))`,
    ],
    [
      'given as a stream',
      `take('${to}')
       const logger = log.create({ outputs: { to: process.${to}, format: 'json' } })
       for (const msg of 'abc') logger.info(msg)`,
    ],
  ])('%s', async (_name, program) => {
    expect(await taken(program)).toEqual([['a'], ['b'], ['c']])
  })
})

test('a host that puts its own object there gets the lines', async () => {
  expect(
    await taken(`
    const own = new (class { write(text) { calls.push(text) } })()
    Object.defineProperty(process, 'stdout', { value: own })
    const logger = log.create({ outputs: { format: 'json' } })
    for (const msg of 'abc') logger.info(msg)`),
  ).toEqual([['a'], ['b'], ['c']])
})

test('a host that logs in turn neither loops nor loses a line', async () => {
  const calls = await taken(`
    const logger = log.create({ outputs: { format: 'json' } })
    const other = log.create({ outputs: { to: '/dev/null', format: 'json' } })
    process.stdout.write = (text) => {
      calls.push(text)
      other.error('elsewhere', { pad: 'x'.repeat(2000) })
      if (!text.includes('told')) logger.error('told')
    }
    logger.info('a')
    logger.info('b')
    await turn()
    await turn()`)
  expect(calls.flat().toSorted()).toEqual(['a', 'b', 'told', 'told'])
})

test('a host that fails costs no line: it gets them again', async () => {
  const calls = await taken(`
    let fails = 2
    process.stdout.write = (text) => {
      if (calls.length === 1 && fails-- > 0) throw new Error('not now')
      calls.push(text)
    }
    const logger = log.create({ outputs: { format: 'json' } })
    for (const msg of 'abc') logger.info(msg)
    await turn()
    logger.flush()`)
  expect(calls).toEqual([['a'], ['b'], ['c']])
})

test('once it is put back, lines go to the descriptor', async () => {
  const child = nodeEval(
    `
    import * as log from '@clew/log'
    const logger = log.create({ outputs: { format: 'json' } })
    const plain = process.stdout.write
    process.stdout.write = () => true
    logger.error('not here')
    process.stdout.write = plain
    logger.info('here')`,
    { cwd },
  )
  await child.exit
  expect(parsed(child.stdout).map(({ msg }) => msg)).toEqual(['here'])
})

test('lines stay in order with console.log, where console says that it writes', async () => {
  const program = `
    import { subscribe } from 'node:diagnostics_channel'
    import * as log from '@clew/log'
    let isTold = false
    subscribe('console.log', () => (isTold = true))
    const logger = log.create({ outputs: { format: (line) => line.msg } })
    logger.info('1')
    console.log('2')
    logger.info('3')
    console.info('4')
    logger.info('5')
    process.exitCode = isTold ? 0 : 20`
  const child = nodeEval(program, { cwd })
  const { code } = await child.exit
  const inOrder = ['1', '2', '3', '4', '5']
  const rows = child.stdout.split('\n').slice(0, -1)
  if (code === 20) {
    console.warn(`not in order on Node ${process.version}: its console has no channels`)
    expect(rows.toSorted()).toEqual(inOrder)
  } else expect(rows).toEqual(inOrder)
})
