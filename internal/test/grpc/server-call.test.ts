import { observeServerCall } from '@clew/internal/grpc/server-call'
import type { CallStatus } from '@clew/internal/grpc/status'
import { expect, test } from '@jest/globals'

type Call = Parameters<typeof observeServerCall>[0]
type Listener = Parameters<Call['start']>[0]

/** Observes a call with this deadline, and lets `act` do to it what grpc-js does. */
function observed(
  getDeadline: (() => number) | undefined,
  act: (call: Call, listener: Listener) => void,
): [CallStatus, boolean][] {
  const ends: [CallStatus, boolean][] = []
  let listener: Listener | undefined
  const base = {
    start(given: Listener) {
      listener = given
    },
    sendStatus() {},
    getDeadline,
  } as unknown as Call
  const call = observeServerCall(base, {
    within: (fn) => fn(),
    ended: (status, isError) => ends.push([status, isError]),
  }) as unknown as Call
  call.start({ onCancel() {} } as Listener)
  act(call, listener as Listener)
  return ends
}

const cancel = (_call: Call, listener: Listener) => listener.onCancel()

test.each([
  ['has passed', () => Date.now() - 1, { code: 4 }, true],
  ['has not passed', () => Date.now() + 60_000, { code: 1, aborted: true }, false],
  ['is infinite', () => Number.POSITIVE_INFINITY, { code: 1, aborted: true }, false],
  ['cannot be read', undefined, { code: 1, aborted: true }, false],
] as const)('a call is cancelled, and its deadline %s', (_when, deadline, status, isError) => {
  expect(observed(deadline, cancel)).toEqual([[status, isError]])
})

test('only the first end counts', () => {
  const ends = observed(undefined, (call, listener) => {
    call.sendStatus({ code: 13, details: 'broken' })
    listener.onCancel()
  })
  expect(ends).toEqual([[{ code: 13, details: 'broken' }, true]])
})
