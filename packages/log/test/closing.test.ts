import { fileURLToPath } from 'node:url'
import * as log from '@clew/log'
import { nodeEval } from '@clew/testing'
import { expect, test } from '@jest/globals'
import { memory, text } from './memory.ts'

const many = (count: number, prefix = 'k') =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`${prefix}${i}`, i]))

test('set() is bounded by maxFields: what the logger says itself has its place, and the rest is counted', () => {
  for (const names of [200, 1000]) {
    const { logger, lines } = memory()
    logger.scope({}, () => {
      for (const [name, value] of Object.entries(many(names))) logger.set({ [name]: value })
      logger.set({ k0: 'again' })
      logger.error('failed')
    })
    const fields = lines[1]?.fields ?? {}
    expect(Object.keys(fields)).toHaveLength(200)
    expect(fields).toMatchObject({ k0: 'again', k197: 197, time_ms: expect.any(Number) })
    expect(fields['... <truncated>']).toBe(`${names - 198} more fields`)
  }
})

test('as many as there is room for are all there', () => {
  const { logger, lines } = memory({ maxFields: 10 })
  logger.scope({}, () => {
    logger.set(many(9))
    logger.error('failed')
  })
  expect(lines[1]?.fields).toEqual({ ...many(9), time_ms: expect.any(Number) })
})

test('set() keeps nothing beyond the bound', () => {
  const { logger, lines } = memory({ maxFields: 5 })
  let read = 0
  logger.scope({}, () => {
    logger.set(many(5))
    for (let i = 0; i < 20_000; i++) logger.set({ [`other${i}`]: i })
    logger.set({
      get late() {
        read++
        return 1
      },
    })
    logger.error('failed')
  })
  expect(Object.keys(lines[1]?.fields ?? {})).toEqual([
    'k0',
    'k1',
    'k2',
    '... <truncated>',
    'time_ms',
  ])
  expect([lines[1]?.fields['... <truncated>'], read]).toEqual(['20003 more fields', 1])
})

test('a name of the closing line is not replaced, and loses nothing', () => {
  const { logger, rows } = text('json')
  logger.scope({}, () => {
    logger.set({ time_ms: 'mine', ['__proto__']: 'own', user: 'u1' })
    logger.error('failed')
  })
  expect(rows()[1]).toMatchObject({
    'field.time_ms': 'mine',
    user: 'u1',
    time_ms: expect.any(Number),
  })
})

test('what is no object of fields is one of them: an error, a map, a text', () => {
  const { logger, lines } = memory()
  logger.child(new Error('e') as never).warn('child of an error')
  logger.child(new Map([['a', 1]]) as never).warn('child of a map')
  logger.child(undefined as never).warn('child of nothing')
  logger.scope('job' as never, () => {
    log.set(new Error('set') as never)
    logger.error('failed')
  })
  expect(lines.map(({ fields }) => fields)).toEqual([
    { err: expect.objectContaining({ message: 'e' }) },
    { value: { a: 1 } },
    {},
    { value: 'job' },
    { value: 'job', err: expect.objectContaining({ message: 'set' }), time_ms: expect.any(Number) },
  ])
})

test('error(err, fields) without types: the message is that of the error', () => {
  const { logger, lines } = memory()
  logger.error(new Error('boom'), { order_id: 1 } as never)
  logger.fatal(new Error('over'), { order_id: 2 } as never)
  expect(lines.map(({ level, msg, fields }) => [level, msg, fields['order_id']])).toEqual([
    ['error', 'boom', 1],
    ['fatal', 'over', 2],
  ])
  expect(lines[0]?.fields['err']).toMatchObject({ message: 'boom' })
})

test('what is beyond the bound takes no memory', async () => {
  const child = nodeEval(
    `import * as log from '@clew/log'
    const logger = log.create({ outputs: [] })
    const used = () => (globalThis.gc(), process.memoryUsage().heapUsed)
    await logger.scope({}, async () => {
      const before = used()
      for (let i = 0; i < 20_000; i++) logger.set({ ['k' + i]: 'v'.repeat(1000) + i })
      console.log((used() - before) / 2 ** 20)
    })`,
    { cwd: fileURLToPath(new URL('..', import.meta.url)), execArgv: ['--expose-gc'] },
  )
  await child.exit
  expect(Number(child.stdout || Number.NaN)).toBeLessThan(5)
})
