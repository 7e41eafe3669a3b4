import { expect, test } from '@jest/globals'
import { optionsOf } from '../src/errors.ts'
import { createKeys } from '../src/formats/keys.ts'
import { createRedaction } from '../src/redaction/redaction.ts'
import { text } from './memory.ts'

const redaction = createRedaction(optionsOf('log.create'), undefined)

test('names of others make room: what comes later takes the fast way again', () => {
  const keys = createKeys(redaction, {})
  for (let i = 0; i < 5000; i++) keys.of(`foreign${i}`)
  expect(keys.known.size).toBeLessThanOrEqual(1024)
  expect(keys.of('order_id')).toMatchObject({ special: false, bound: false })
  expect(keys.known.has('order_id')).toBe(true)
  expect(keys.of('x'.repeat(129)).special).toBe(true)
  expect(keys.known.has('x'.repeat(129))).toBe(false)
})

test('where so many names are bound that some are forgotten, each new one may be', () => {
  const keys = createKeys(redaction, {})
  for (let i = 0; i < 1024; i++) keys.of(`bound${i}`).bound = true
  expect(keys.of('never seen').bound).toBe(false)
  expect(keys.of('bound0').bound).toBe(true)
})

test('a name that a context has is there once, also when its mark was forgotten', () => {
  const { logger, read } = text('json', { fields: { svc: 'orders' } })
  logger.info('m')
  for (let i = 0; i < 3000; i++) logger.child({ [`bound${i}`]: 1 }).info('m')
  const before = read().length
  logger.info('m', { svc: 'other' })
  expect(
    read()
      .slice(before)
      .match(/"svc":/g),
  ).toHaveLength(1)
  expect(read().slice(before)).toContain('"svc":"other"')
})
