import * as config from '@clew/config'
import { describe, expect, test } from '@jest/globals'

describe('ConfigError', () => {
  test('no part of an issue can end a line or move a cursor', () => {
    const hostile = 'a\r\n\u001b[2J\u009b\u202e\u2028b'
    const escaped = 'a\\r\\n\\u001b[2J\\u009b\\u202e\\u2028b'
    const issue = { problem: hostile, received: hostile, source: hostile, hint: hostile }
    const error = new config.ConfigError([
      { code: 'invalid', variable: 'A', path: 'a', expected: hostile, ...issue },
    ])
    expect(error.message).toBe(`The configuration has a problem:

  ${escaped}: ${escaped} (${escaped})
    expected: ${escaped}
    hint: ${escaped}`)
    for (const part of ['problem', 'expected', 'received', 'source', 'hint'] as const) {
      expect(error.issues[0]![part]).toBe(escaped)
    }
    expect(Object.isFrozen(error.issues[0])).toBe(true)
  })

  test('an issue that was handed in stays as it is', () => {
    const issue = {
      code: 'unknown',
      variable: 'A',
      path: undefined,
      problem: 'A is set',
      expected: undefined,
      received: undefined,
      source: undefined,
      hint: undefined,
    } as const
    expect(new config.ConfigError([issue]).issues).toEqual([issue])
    expect(Object.isFrozen(issue)).toBe(false)
  })
})
