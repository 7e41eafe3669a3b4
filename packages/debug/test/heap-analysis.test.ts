import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { dominatorsOf } from '../analysis/dominators.ts'
import type { Graph } from '../analysis/graph.ts'
import { propertyName } from '../analysis/names.ts'
import { SnapshotReader, TooLarge } from '../analysis/reader.ts'
import { retainersOf } from '../analysis/retainers.ts'

const meta = {
  node_fields: ['type', 'name', 'id', 'self_size', 'edge_count', 'detachedness'],
  node_types: [
    ['hidden', 'array', 'string', 'object', 'code', 'closure', 'synthetic'],
    ...['string', 'number', 'number', 'number', 'number'],
  ],
  edge_fields: ['type', 'name_or_index', 'to_node'],
  edge_types: [
    ['context', 'element', 'property', 'internal', 'hidden', 'shortcut', 'weak'],
    ...['string_or_number', 'node'],
  ],
}
const [object, string, synthetic] = [3, 2, 6]
const [element, property, weak] = [1, 2, 6]

/** As V8 writes it; nodes are `[type, name, bytes, edges]`, edges `[type, name, to]`. */
function snapshot(
  nodes: readonly (readonly [number, number, number, number[][]])[],
  strings: string[],
) {
  const numbers = nodes.map(([type, name, bytes, { length }], i) =>
    [type, name, i * 2 + 1, bytes, length, 0].join(','),
  )
  const edges = nodes.flatMap(([, , , each]) => each.map(([a, b, to]) => [a, b, to! * 6].join(',')))
  const head = { meta, node_count: nodes.length, edge_count: edges.length, trace_function_count: 0 }
  return [
    `{"snapshot":${JSON.stringify(head)},`,
    `"nodes":[${numbers.join('\n,')}],`,
    `"edges":[${edges.join('\n,')}],`,
    '"trace_function_infos":[],',
    '"samples":[],',
    '"locations":[0,1,2,3],',
    `"strings":[${strings.map((text) => JSON.stringify(text)).join(',\n')}]}`,
  ].join('\n')
}

function read(text: string, pieces: number): Graph {
  const reader = new SnapshotReader(1e9)
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += pieces) reader.add(bytes.subarray(at, at + pieces))
  return reader.end()
}

const strings = ['', 'Map "of" ∑', 'sessions', 'x'.repeat(300), 'a secret text', 'Cache']
const small = snapshot(
  [
    [
      synthetic,
      0,
      0,
      [
        [property, 2, 1],
        [element, 1, 3],
      ],
    ],
    [
      object,
      1,
      10,
      [
        [element, 0, 2],
        [weak, 0, 3],
      ],
    ],
    [string, 4, 1000, []],
    [object, 5, 5, [[property, 3, 2]]],
  ],
  strings,
)

test.each([1, 7, 64, 1e6])(
  'a snapshot is read in pieces of %i bytes; of strings only names',
  (size) => {
    const graph = read(small, size)
    expect([...graph.firstEdge]).toEqual([0, 2, 4, 4, 5])
    expect([...graph.edgeTo]).toEqual([1, 3, 2, 3, 2])
    expect([...graph.bytes]).toEqual([0, 10, 1000, 5])
    expect([...graph.names.values()]).toEqual([
      '',
      'Map "of" ∑',
      'sessions',
      'x'.repeat(200),
      'Cache',
    ])
  },
)

test('what two hold is held by neither; what is weak holds nothing', () => {
  const { totalBytes, objects, classes } = retainersOf(read(small, 100))
  expect([totalBytes, objects]).toEqual([1015, 4])
  expect(classes).toEqual([
    { class: '(string)', count: 1, ownBytes: 1000, retainedBytes: 1000 },
    { class: 'Map "of" ∑', count: 1, ownBytes: 10, retainedBytes: 10 },
    { class: 'Cache', count: 1, ownBytes: 5, retainedBytes: 5 },
  ])
})

test('of a long way, the steps that are nearest', () => {
  const length = 100_000
  const nodes = Array.from({ length }, (_, i) => {
    const isLast = i === length - 1
    // A chain of contexts: for each step the file of its variable is looked for.
    return [object, 0, isLast ? 1000 : 1, isLast ? [] : [[0, 1, i + 1]]] as const
  })
  const { holders } = retainersOf(read(snapshot(nodes as never, ['Step', 'variable']), 1e6))
  const [first] = holders
  expect(first?.path).toHaveLength(24)
  expect(first?.path.at(-1)).toEqual({ class: 'Step', variable: 'variable' })
})

test('a snapshot that is larger than what may be used, or cut, is refused', () => {
  const reader = new SnapshotReader(1000)
  expect(() => reader.add(Buffer.from(small))).toThrow(TooLarge)
  expect(() => read(small.slice(0, -10), 50)).toThrow('the snapshot ends too early')
})

const graphs = fc
  .integer({ min: 1, max: 30 })
  .chain((size) =>
    fc.array(fc.array(fc.nat(size - 1), { maxLength: 4 }), { minLength: size, maxLength: size }),
  )

test('a dominator is what every way from the root leads through', () => {
  fc.assert(
    fc.property(graphs, (targets) => {
      const graph = read(
        snapshot(
          targets.map((to) => [object, 0, 1, to.map((each) => [property, 0, each])]),
          [''],
        ),
        1000,
      )
      const { count, nodeAt, dominator, retained } = dominatorsOf(graph, () => true)
      const reachable = (without: number) => {
        const seen = new Set<number>(without === 0 ? [] : [0])
        for (const node of seen) for (const to of targets[node]!) if (to !== without) seen.add(to)
        return seen
      }
      const all = reachable(-1)
      expect(count).toBe(all.size)
      for (let place = 0; place < count; place++) {
        const node = nodeAt[place]!
        // What cannot be reached without it is what would be freed with it.
        expect(retained[place]).toBe(all.size - reachable(node).size)
        if (place > 0) expect(reachable(nodeAt[dominator[place]!]!).has(node)).toBe(false)
      }
    }),
  )
})

test.each([
  ['sessions', 'sessions'],
  ['_events', '_events'],
  ['ann@example.com', '…'],
  ['canary4f1c93be77', '…'],
  ['x'.repeat(50), '…'],
])('a property %s is shown as %s', (name, shown) => {
  expect(propertyName(name)).toBe(shown)
})
