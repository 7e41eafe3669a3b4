import { Writable } from 'node:stream'
import * as log from '@clew/log'
import { expect, test } from '@jest/globals'
import { memory, text } from './memory.ts'

test('fields made by a function: called once, only if the line is written, by each kind of line', () => {
  const chunks: string[] = []
  const to = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk.toString())
      done()
    },
  })
  const outputs: log.OutputOptions[] = [
    { to, format: 'json' },
    { to, format: 'logfmt' },
    { to, format: (line) => JSON.stringify(line) },
    { to, format: 'json', level: 'error' },
  ]
  const logger = log.create({ outputs })
  let calls = 0
  const lazy = () => ({ call: ++calls, token: 's3cret' })
  logger.debug('m', lazy)
  expect(calls).toBe(0)
  logger.info('m', lazy)
  logger.print('m', lazy)
  logger.warn('m', lazy)
  logger.error('m', lazy)
  logger.error(new Error('x'), 'm', lazy)
  logger.error(new Error('x'), lazy as never)
  logger.fatal(new Error('x'), 'm', lazy)
  logger.log('info', 'm', lazy)
  logger.info(new Error('x') as never, lazy)
  logger.flush()
  expect(calls).toBe(9)
  const out = chunks.join('')
  expect(out).not.toContain('s3cret')
  for (let call = 1; call <= 9; call++) expect(out).toContain(`"call":${call},`)
})

test('a line that waits calls it when it is released, and one that is dropped never', () => {
  const { logger, lines } = memory()
  let state = 'when logged'
  let calls = 0
  const lazy = () => ({ state, calls: ++calls })
  logger.scope({}, () => {
    logger.info('dropped', lazy)
  })
  expect(calls).toBe(0)
  logger.scope(() => {
    logger.info('held', lazy)
    expect(calls).toBe(0)
    state = 'when released'
    logger.error('now')
  })
  expect(lines[0]?.fields).toEqual({ state: 'when released', calls: 1 })
})

test('no output that takes the line: not called', () => {
  const { logger } = text('json')
  const silent = log.create({ outputs: [] })
  silent.error('m', () => {
    throw new Error('called')
  })
  expect(logger.dropped + silent.dropped).toBe(0)
})

test('what it throws, or returns beside fields, costs the line nothing', () => {
  const { logger, lines } = memory()
  logger.info('m', () => {
    throw new Error('no')
  })
  logger.info('m', (() => 'text') as never)
  logger.info('m', () => undefined)
  logger.info('m', (async () => ({})) as never)
  logger.info('m', () => {
    logger.info('inner')
    return { a: 1 }
  })
  expect(lines.map(({ msg, fields }) => [msg, fields])).toEqual([
    ['m', { value: '[Unreadable: no]' }],
    ['m', { value: 'text' }],
    ['m', {}],
    ['m', { value: '[Promise]' }],
    ['inner', {}],
    ['m', { a: 1 }],
  ])
})

test('a scope without fields takes the function alone, and says what is wrong', () => {
  const { logger, lines } = memory()
  expect(logger.scope(() => logger.warn('in it'))).toBeUndefined()
  expect(log.scope(() => 7)).toBe(7)
  expect(lines[0]?.msg).toBe('in it')
  for (const scope of [logger.scope.bind(logger), log.scope]) {
    expect(() => scope({ a: 1 } as never)).toThrow(
      'log.scope: fn must be a function; received undefined',
    )
    expect(() => scope({}, 'x' as never)).toThrow(
      expect.objectContaining({ name: 'TypeError', code: 'ERR_LOG_OPTION' }),
    )
  }
})
