import { suppressed } from '@clew/internal/telemetry/suppression'
import { describe, expect, test } from '@jest/globals'
import type { TextMapGetter } from '@opentelemetry/api'
import { trace as api, context as apiContext, ROOT_CONTEXT } from '@opentelemetry/api'
import * as fc from 'fast-check'
import { rootContext } from '../../src/context/root.ts'
import { parentOf, withSpanContext } from '../../src/context/span-context.ts'
import { getter } from '../../src/propagation/carrier.ts'
import {
  parseTraceparent,
  parseTracestate,
  traceContext,
} from '../../src/propagation/trace-context.ts'

// W3C Trace Context, https://www.w3.org/TR/trace-context/
const TRACE = '0af7651916cd43dd8448eb211c80319c'
const SPAN = 'b7ad6b7169203331'
const good = `00-${TRACE}-${SPAN}-01`
const propagator = traceContext()
const extract = (carrier: Record<string, unknown>) =>
  parentOf(propagator.extract(rootContext, carrier, getter as TextMapGetter))
const inject = (carrier: Record<string, string>, from = extract(carrier)) => {
  const out: Record<string, string> = {}
  if (from) {
    propagator.inject(withSpanContext(rootContext, from), out, {
      set: (target, key, value) => {
        target[key] = value
      },
    })
  }
  return out
}

describe('3.2 traceparent', () => {
  test('3.2.2 a valid one is continued, as remote', () => {
    expect(parseTraceparent(good)).toEqual({
      traceId: TRACE,
      spanId: SPAN,
      traceFlags: 1,
      isRemote: true,
    })
  })

  test.each([
    ['version ff is forbidden', `ff-${TRACE}-${SPAN}-01`],
    ['version must be two hex digits', `0-${TRACE}-${SPAN}-01`],
    ['version must be lower case hex', `0A-${TRACE}-${SPAN}-01`],
    ['version 00 ends after the flags', `${good}-what`],
    ['version 00 ends after the flags, without a dash too', `${good}.what`],
    ['a trace-id of zeros is invalid', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['a trace-id with upper case is invalid', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ['a trace-id with other characters is invalid', `00-${TRACE.slice(1)}g-${SPAN}-01`],
    ['a trace-id too short is invalid', `00-${TRACE.slice(1)}-${SPAN}-01`],
    ['a trace-id too long is invalid', `00-0${TRACE}-${SPAN}-01`],
    ['a parent-id of zeros is invalid', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['a parent-id too short is invalid', `00-${TRACE}-${SPAN.slice(1)}-01`],
    ['flags of one digit are invalid', `00-${TRACE}-${SPAN}-1`],
    ['flags of three digits are invalid', `00-${TRACE}-${SPAN}-001`],
    ['flags with other characters are invalid', `00-${TRACE}-${SPAN}-0x`],
    ['missing dashes are invalid', good.replaceAll('-', '_')],
    ['an empty header is invalid', ''],
  ])('%s', (_rule, header) => {
    expect(parseTraceparent(header)).toBeUndefined()
  })

  test('3.2.2.1 a higher version is read as far as version 00 goes', () => {
    expect(parseTraceparent(`cc-${TRACE}-${SPAN}-01`)?.traceId).toBe(TRACE)
    expect(parseTraceparent(`cc-${TRACE}-${SPAN}-01-what-the-future-holds`)?.traceId).toBe(TRACE)
    expect(parseTraceparent(`cc-${TRACE}-${SPAN}-01.what`)).toBeUndefined()
  })

  test('3.2.2.5 unknown flags are not passed on', () => {
    expect(parseTraceparent(`00-${TRACE}-${SPAN}-ff`)?.traceFlags).toBe(1)
    expect(inject({ traceparent: `00-${TRACE}-${SPAN}-fe` }).traceparent).toBe(
      `00-${TRACE}-${SPAN}-00`,
    )
  })

  test('4.2 a double header is ignored, joined or apart', () => {
    expect(extract({ traceparent: [good, good] })).toBeUndefined()
    expect(extract({ traceparent: `${good}, ${good}` })).toBeUndefined()
  })

  test('3.2.1 the name of the header has no case', () => {
    expect(extract({ TraceParent: good })?.traceId).toBe(TRACE)
  })

  test('what it writes, it reads', () => {
    const hex = (length: number) =>
      fc.string({
        unit: fc.constantFrom(...'0123456789abcdef'),
        minLength: length,
        maxLength: length,
      })
    fc.assert(
      fc.property(hex(32), hex(16), fc.boolean(), (traceId, spanId, sampled) => {
        fc.pre(!/^0+$/.test(traceId) && !/^0+$/.test(spanId))
        const from = { traceId, spanId, traceFlags: sampled ? 1 : 0 }
        expect(extract(inject({}, from))).toMatchObject({ ...from, isRemote: true })
      }),
    )
  })

  test('no text makes it throw', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (traceparent, tracestate) => {
        extract({ traceparent, tracestate })
        extract({ traceparent: good, tracestate })
      }),
    )
  })
})

describe('3.3 tracestate', () => {
  const state = (tracestate: unknown) =>
    extract({ traceparent: good, tracestate })?.traceState?.serialize()

  test('3.3.1 it is ignored without a valid traceparent', () => {
    expect(extract({ tracestate: 'a=1' })).toBeUndefined()
  })
  test('3.3.1.1 several headers are one list, in order', () => {
    expect(state(['a=1,b=2', 'c=3'])).toBe('a=1,b=2,c=3')
  })
  test('3.3.1.1 empty members and whitespace around members are allowed', () => {
    expect(state(' a=1 ,, b=2\t,')).toBe('a=1,b=2')
  })
  test('3.3.1.1 32 members are carried, 33 are not', () => {
    const members = (count: number) =>
      Array.from({ length: count }, (_, at) => `k${at}=1`).join(',')
    expect(state(members(32))).toBe(members(32))
    expect(state(members(33))).toBeUndefined()
  })
  test.each([
    ['3.3.1.3.1 upper case in a key', 'Foo=1'],
    ['3.3.1.3.1 a key of 257 characters', `${'k'.repeat(257)}=1`],
    ['3.3.1.3.1 a key with a space', 'a b=1'],
    ['3.3.1.3.1 an empty key', '=1'],
    ['3.3.1.3.1 a tenant without a system', 'tenant@=1'],
    ['3.3.1.3.1 a system of 15 characters', `t@${'s'.repeat(15)}=1`],
    ['3.3.1.3.2 an equals sign in a value', 'a=1=2'],
    ['3.3.1.3.2 an empty value', 'a='],
    ['3.3.1.3.2 a value of 257 characters', `a=${'v'.repeat(257)}`],
    ['3.3.1.3.2 a character outside of ASCII', 'a=é'],
    ['3.3.1.3 a member without a value', 'a'],
    ['3.3.1.3 the same key twice', 'a=1,b=2,a=3'],
  ])('%s makes all of it invalid', (_rule, header) => {
    expect(state(`x=1,${header}`)).toBeUndefined()
  })
  test('3.3.1.3.1 keys with a tenant, digits first, and all allowed characters', () => {
    expect(state('0tenant@system=1,a_-*/z9=v')).toBe('0tenant@system=1,a_-*/z9=v')
    expect(state(`${'k'.repeat(256)}=1`)).toBe(`${'k'.repeat(256)}=1`)
  })
  test('3.3.1.5 over 512 characters: long members go first, then the last ones', () => {
    const long = `long=${'x'.repeat(200)}`
    const short = Array.from({ length: 20 }, (_, at) => `k${at}=${'v'.repeat(20)}`)
    const kept = parseTracestate([long, ...short].join(','))
    expect(kept).not.toContain(long)
    expect(kept?.join(',').length).toBeLessThanOrEqual(512)
    expect(kept).toEqual(short.slice(0, kept?.length))
  })
  test('3.5 a changed member moves to the front; others are kept', () => {
    const found = extract({ traceparent: good, tracestate: 'a=1,b=2' })?.traceState
    expect(found?.set('b', '3').serialize()).toBe('b=3,a=1')
    expect(found?.unset('a').serialize()).toBe('b=2')
    expect(found?.get('b')).toBe('2')
    expect(found?.set('No', 'x').serialize()).toBe('a=1,b=2')
  })
  test('it is passed on', () => {
    expect(inject({ traceparent: good, tracestate: 'a=1,b=2' }).tracestate).toBe('a=1,b=2')
  })
})

test('nothing is injected where tracing is suppressed', () => {
  const from = parseTraceparent(good)!
  const out = {}
  propagator.inject(suppressed(withSpanContext(rootContext, from)), out, {
    set: () => expect(true).toBe(false),
  })
  expect(out).toEqual({})
})

test('our contexts and those of the api are read by each other', () => {
  const from = parseTraceparent(good)!
  expect(api.getSpanContext(withSpanContext(rootContext, from))).toEqual(from)
  expect(parentOf(api.setSpanContext(ROOT_CONTEXT, from))).toEqual(from)
  expect(apiContext.active()).toBeDefined()
})
