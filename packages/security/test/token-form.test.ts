import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { readToken } from '../src/schemes/jws/token-form.ts'

const b64 = (text: string | Uint8Array) => Buffer.from(text as string).toString('base64url')

test('what was written strictly is read as it was', () => {
  const object = fc.dictionary(fc.string(), fc.jsonValue())
  fc.assert(
    fc.property(object, object, fc.uint8Array({ minLength: 1 }), (header, payload, signature) => {
      const text = [JSON.stringify(header), JSON.stringify(payload)].map(b64).join('.')
      const plain = (value: object) => JSON.parse(JSON.stringify(value))
      expect(readToken(`${text}.${b64(signature)}`)).toEqual({
        header: plain(header),
        payload: plain(payload),
      })
    }),
  )
})

test('one token has one spelling: whatever is accepted is what would be written', () => {
  const token = `${b64('{"a":1}')}.${b64('{"bc":2}')}.${b64('sign')}`
  fc.assert(
    fc.property(
      fc.nat(token.length - 1),
      fc.stringMatching(/^[A-Za-z0-9_=. \n-]$/),
      (at, character) => {
        const changed = token.slice(0, at) + character + token.slice(at + 1)
        if (typeof readToken(changed) === 'string') return
        expect(changed.split('.').map((part) => b64(Buffer.from(part, 'base64url')))).toEqual(
          changed.split('.'),
        )
      },
    ),
    { numRuns: 1_000 },
  )
})

test('no text at all makes it throw, or slow', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 2_000 }),
      (text) => typeof readToken(text) === 'string',
    ),
  )
  expect(readToken(`${'a'.repeat(1_000_000)}.${'.'.repeat(100_000)}`)).toBe('bad_form')
})
