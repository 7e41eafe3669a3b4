import type { Level, LogOptions } from '@clew/log'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { memory } from './memory.ts'

const all: readonly Level[] = ['debug', 'info', 'warn', 'error', 'fatal']
const written = (lines: readonly { readonly level: Level }[]) => lines.map(({ level }) => level)

describe('a level of its own', () => {
  test('whatever the level of the logger is, in every order of changes', () => {
    const level = fc.constantFrom(...all)
    fc.assert(
      fc.property(level, level, level, (ofLogger, first, then) => {
        const { logger, lines } = memory({ level: ofLogger })
        const child = logger.child({}, { level: first })
        const grandchild = child.child({ a: 1 })
        for (const own of [first, then]) {
          child.level = own
          for (const one of [child, grandchild]) {
            lines.length = 0
            for (const each of all) one.log(each, 'm')
            one.debug('m')
            one.print('m')
            const expected = [...all, 'debug', 'info'].filter(
              (each) => all.indexOf(each as Level) >= all.indexOf(own),
            )
            expect(written(lines)).toEqual(expected)
            expect(all.filter((each) => one.isEnabled(each))).toEqual(all.slice(all.indexOf(own)))
            expect(one.level).toBe(own)
          }
        }
        expect(logger.level).toBe(ofLogger)
        lines.length = 0
        for (const each of all) logger.log(each, 'm')
        expect(written(lines)).toEqual(all.slice(all.indexOf(ofLogger)))
      }),
    )
  })

  test('in a scope, what it lets through waits, and what it does not is dropped', () => {
    const { logger, lines } = memory({ level: 'warn' })
    const verbose = logger.child({ of: 'verbose' }, { level: 'debug' })
    const quiet = logger.child({ of: 'quiet' }, { level: 'error' })
    logger.scope({}, () => {
      verbose.debug('1')
      verbose.info('2')
      quiet.warn('never')
      logger.info('never')
      expect(lines).toEqual([])
      verbose.print('at once')
      verbose.warn('at once too')
      quiet.error('3')
      verbose.debug('4')
      logger.info('never')
    })
    expect(lines.map(({ msg }) => msg)).toEqual(['at once', 'at once too', '1', '2', '3', '4'])
    lines.length = 0
    logger.scope({}, () => verbose.debug('a good one'))
    expect(lines).toEqual([])
  })

  test.each<[string, LogOptions]>([
    ['info', { hold: { debug: true } }],
    ['error', { level: 'error', hold: { debug: true } }],
  ])('a flight recorder holds all lines of all levels: %s', (_name, options) => {
    const { logger, lines } = memory(options)
    const quiet = logger.child({}, { level: 'fatal' })
    logger.scope({}, () => {
      logger.debug('1')
      quiet.debug('2')
      logger.warn('3')
      quiet.warn('4')
      logger.flush()
    })
    expect(lines.map(({ msg }) => msg).sort()).toEqual(['1', '2', '3', '4', 'end'])
  })

  test('an override applies to it', () => {
    const { logger, messages } = memory()
    const quiet = logger.child({}, { level: 'error' })
    const end = logger.override({ level: 'debug' })
    quiet.debug('outside')
    logger.scope({}, () => quiet.debug('inside'))
    end()
    quiet.warn('never')
    expect(messages().filter((msg) => msg !== 'end')).toEqual(['outside', 'inside'])
  })
})

describe('levels by name', () => {
  test.each([
    ['db', 'debug'],
    ['db.pool', 'warn'],
    ['db.pool.idle', 'warn'],
    ['db.query', 'debug'],
    ['dbx', 'info'],
    ['http', 'error'],
    ['other.db', 'info'],
  ] as const)('%s: %s', (name, level) => {
    const { logger, lines } = memory({
      levels: { db: 'debug', 'db.pool': 'warn', http: 'error', none: undefined },
    })
    const child = logger.child({ a: 1 }, { name })
    expect(child.level).toBe(level)
    for (const each of all) child.log(each, 'm')
    expect(written(lines)).toEqual(all.slice(all.indexOf(level)))
    expect(lines.at(-1)?.fields).toEqual({ a: 1, logger: name })
  })

  test('are changed at run time, for loggers that were made before', () => {
    const { logger, messages } = memory()
    const pool = logger.child({}, { name: 'db.pool' })
    const same = logger.child({}, { name: 'db.pool' }).child({ b: 2 })
    pool.debug('never')
    logger.levels = { db: 'debug' }
    pool.debug('1')
    same.debug('2')
    logger.debug('never')
    expect(logger.levels).toEqual({ db: 'debug' })
    same.level = 'warn'
    pool.info('never')
    expect(logger.levels).toEqual({ db: 'debug', 'db.pool': 'warn' })
    logger.levels = {}
    pool.info('3')
    expect(messages()).toEqual(['1', '2', '3'])
    expect(pool.level).toBe('info')
  })
})
