import { describe, expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import { preferredType } from '../src/answer/accept.ts'

const offers = ['application/json', 'application/xml', 'text/plain'] as const

test.each<[string | undefined, (typeof offers)[number]]>([
  [undefined, 'application/json'],
  ['', 'application/json'],
  ['*/*', 'application/json'],
  ['application/*', 'application/json'],
  ['text/*', 'text/plain'],
  ['text/plain', 'text/plain'],
  ['TEXT/Plain; charset=utf-8', 'text/plain'],
  ['application/json;q=0.1, application/xml;q=0.2', 'application/xml'],
  ['application/json;q=0.999, text/plain', 'text/plain'],
  ['application/json;q=0, */*', 'application/xml'],
  ['application/json;q=0', 'application/json'],
  ['*/*, text/plain', 'text/plain'],
  ['text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8', 'application/xml'],
  ['image/png', 'application/json'],
  ['text/plain;q=2', 'application/json'],
  ['text/plain;q=x, application/xml;q=0.1', 'application/xml'],
  [',,;;,/', 'application/json'],
  ['__proto__/*, constructor', 'application/json'],
])('%j', (accept, best) => {
  expect(preferredType(accept, offers)).toBe(best)
})

describe('always', () => {
  test('gives one of the offers, whatever the header is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (accept) => {
        expect(offers).toContain(preferredType(accept, offers))
      }),
    )
  })

  test('follows the weights', () => {
    const weight = fc.integer({ min: 1, max: 1000 })
    fc.assert(
      fc.property(weight, weight, (json, xml) => {
        const accept = `application/json;q=${json / 1000}, application/xml;q=${xml / 1000}`
        expect(preferredType(accept, offers)).toBe(
          xml > json ? 'application/xml' : 'application/json',
        )
      }),
    )
  })
})
