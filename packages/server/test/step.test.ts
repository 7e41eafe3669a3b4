import { describe, expect, test } from '@jest/globals'
import { runStep } from '../src/shutdown/step.ts'

describe('runStep', () => {
  test('done: at once, and later', async () => {
    expect(await runStep('a', () => 1, 1_000)).toMatchObject({ name: 'a', outcome: 'done' })
    expect(await runStep('a', () => Promise.resolve(), 0)).toMatchObject({ outcome: 'done' })
  })

  test('failed: throws, rejects, with anything', async () => {
    const of = async (thrown: unknown) => {
      const step = () => {
        throw thrown
      }
      return (await runStep('a', step, 1_000)).error
    }
    expect(await of(new Error('two\n  lines'))).toBe('two lines')
    expect(await of('text')).toBe('text')
    expect(await of(undefined)).toBe('undefined')
    expect(await of(Object.create(null))).toBe('an error that cannot be read')
    expect(await runStep('a', () => Promise.reject(new Error('no')), 1_000)).toMatchObject({
      outcome: 'failed',
      error: 'no',
    })
  })

  test('timeout', async () => {
    expect(await runStep('a', () => new Promise(() => {}), 5)).toMatchObject({
      outcome: 'timeout',
      error: 'not done after 5 ms',
    })
    expect(await runStep('a', () => new Promise(() => {}), -100)).toMatchObject({
      outcome: 'timeout',
    })
  })
})
