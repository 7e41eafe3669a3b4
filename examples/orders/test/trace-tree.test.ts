import type { Span } from '@clew/testing'
import { expect, test } from '@jest/globals'
import { traceTree } from '../src/demo/trace-tree.ts'

const span = (name: string, spanId: string, parentSpanId: string, startMs: number) =>
  ({
    traceId: 't',
    spanId,
    parentSpanId,
    name,
    kind: 'internal',
    status: 'unset',
    statusMessage: '',
    startMs,
    durationMs: 1,
    resource: { 'service.name': 'x' },
  }) as unknown as Span

test('children are below their parent, in the order of their start times', () => {
  const spans = [
    span('c', '3', '1', 9),
    span('b', '2', '1', 5),
    span('root', '1', 'remote', 1),
    span('d', '4', '2', 6),
  ]
  const names = traceTree(spans, 't')
    .split('\n')
    .map((line) => line.slice(0, 12).trimEnd())
  expect(names).toEqual(['root', '├─ b', '│  └─ d', '└─ c'])
})
