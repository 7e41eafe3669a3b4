import * as metrics from '@clew/metrics'
import { afterEach, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { labelsOf } from '../src/instruments/labels.ts'
import { type Running, running } from './capture.ts'

let run: Running | undefined

afterEach(async () => {
  await run?.meters.shutdown()
  run = undefined
})

test('undefined and null are left out; a bigint is a string; other values are dropped and reported once', async () => {
  run = await running()
  const counter = metrics.counter('labels')
  const given = { a: undefined, b: null, c: 5n, d: { x: 1 }, e: () => 1, f: true, g: 0 }
  counter.add(1, given as never)
  counter.add(1, given as never)
  await run.meters.flush()
  expect(run.to.last('labels')).toEqual([[{ c: '5', f: true, g: 0 }, 2]])
  expect(run.reports.map(({ fields }) => fields)).toEqual([{ label: 'd' }, { label: 'e' }])
})

test.each([
  ['a string', 'ab'],
  ['an array', ['a']],
  ['a number', 5],
  ['a function', () => 1],
])('attributes that are %s are none, reported once', async (_name, attributes) => {
  run = await running()
  const counter = metrics.counter('labels.wrong')
  counter.add(1, attributes as never)
  counter.add(1, attributes as never)
  await run.meters.flush()
  expect(run.to.last('labels.wrong')).toEqual([[{}, 2]])
  expect(run.reports.map(({ type }) => type)).toEqual(['metrics.value_dropped'])
})

test('changing the object afterwards changes nothing', async () => {
  run = await running()
  const counter = metrics.counter('labels.mutated')
  const given = { a: '1' }
  counter.add(1, given)
  given.a = '2'
  counter.add(1, given)
  await run.meters.flush()
  expect(run.to.last('labels.mutated')).toEqual([
    [{ a: '1' }, 1],
    [{ a: '2' }, 1],
  ])
})

test('a long value is cut at maxValueLength, never inside a character, and reported once', async () => {
  run = await running({ maxValueLength: 65 })
  const counter = metrics.counter('labels.long')
  counter.add(1, { a: 'x'.repeat(65) })
  counter.add(1, { a: 'x'.repeat(66) })
  counter.add(1, { a: `${'y'.repeat(64)}😀` })
  await run.meters.flush()
  expect(run.to.last('labels.long')).toEqual([
    [{ a: 'x'.repeat(65) }, 2],
    [{ a: 'y'.repeat(64) }, 1],
  ])
  expect(run.reports).toHaveLength(1)
  expect(run.reports[0]).toMatchObject({
    type: 'metrics.value_cut',
    fields: { label: 'a', max: 65 },
  })
})

test('whatever comes in, only strings, finite-or-not numbers and booleans come out', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.anything({ withBigInt: true })), (given) => {
      const labels = labelsOf(given as never) ?? {}
      for (const value of Object.values(labels)) {
        if (typeof value === 'string') expect(value.length).toBeLessThanOrEqual(1024)
        else expect(['number', 'boolean']).toContain(typeof value)
      }
    }),
  )
})
