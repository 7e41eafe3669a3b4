import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { authorization, singleHeader } from '../src/schemes/authorization.ts'

const request = (value: string, name = 'Authorization') =>
  ({ headers: { [name.toLowerCase()]: value }, rawHeaders: ['Host', 'x', name, value] }) as never

test('whatever stands in the header is absent, malformed, or one word without spaces and commas', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string().map((text) => `Bearer ${text}`),
      ),
      (value) => {
        const credential = authorization(request(value), 'bearer')
        if (credential.kind === 'present') {
          expect(credential.value).toMatch(/^[^ \t,]+$/)
          expect(value.toLowerCase().startsWith('bearer ')).toBe(true)
        }
      },
    ),
  )
})

test('a token comes out as it went in', () => {
  fc.assert(
    fc.property(
      fc.stringMatching(/^[\w.~+/=-]+$/),
      fc.integer({ min: 1, max: 5 }),
      (token, spaces) => {
        const credential = authorization(request(`bEARER${' '.repeat(spaces)}${token}`), 'bearer')
        expect(credential).toEqual({ kind: 'present', value: token })
      },
    ),
  )
})

test('names of headers are counted in any case', () => {
  const req = {
    headers: { 'x-key': 'a, b' },
    rawHeaders: ['X-Key', 'a', 'x-KEY', 'b'],
  } as never
  expect(singleHeader(req, 'x-key')).toEqual({ kind: 'malformed', reason: 'duplicate_header' })
})

test('a value that looks like a name is none', () => {
  const req = { headers: { 'x-key': 'a' }, rawHeaders: ['Foo', 'x-key', 'X-Key', 'a'] } as never
  expect(singleHeader(req, 'x-key')).toEqual({ kind: 'present', value: 'a' })
})
