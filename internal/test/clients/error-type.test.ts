import { expect, test } from '@jest/globals'
import { type CallOutcome, errorTypeOfCall } from '../../src/clients/call.ts'

const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })

test.each<[CallOutcome, number | undefined, unknown, string | undefined]>([
  ['answered', 200, undefined, undefined],
  ['answered', 404, undefined, '404'],
  ['answered', 500, undefined, '500'],
  ['failed', undefined, refused, 'ECONNREFUSED'],
  ['failed', 200, new RangeError('broke off'), 'RangeError'],
  ['failed', undefined, 'a sentence', '_OTHER'],
  ['aborted', 500, new Error('mine'), 'aborted'],
  ['upgraded', 101, undefined, undefined],
])('%s, %s', (outcome, status, error, type) => {
  expect(errorTypeOfCall({ outcome, status, error })).toBe(type)
})
