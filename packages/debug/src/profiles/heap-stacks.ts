import type { CallFrame, V8HeapNode } from '../inspector/v8-profiles.ts'
import { createPlaces } from './places.ts'
import type { Frame, Stack } from './stacks.ts'

type Samples = readonly { readonly size: number; readonly nodeId: number }[]

/** One stack for each place that allocated. */
export async function heapStacks(head: V8HeapNode, samples: Samples): Promise<Stack[]> {
  const taken = new Map<number, { samples: number; bytes: number }>()
  for (const { nodeId, size } of samples) {
    const sum = taken.get(nodeId) ?? { samples: 0, bytes: 0 }
    sum.samples += 1
    sum.bytes += size
    taken.set(nodeId, sum)
  }
  const nodes = [...walk(head)]
  const places = await createPlaces(nodes.map(({ node }) => node.callFrame))
  return nodes.flatMap(({ node, parent }) => {
    const sum = taken.get(node.id)
    if (!sum) return []
    const frames: Frame[] = []
    if (!isRoot(node.callFrame)) frames.push(places.of(node.callFrame))
    let caller = parent
    while (caller && !isRoot(caller.node.callFrame)) {
      frames.push(places.of(caller.node.callFrame))
      caller = caller.parent
    }
    // Allocated by V8 itself, before any function was called.
    if (frames.length === 0) frames.push({ place: native, line: 0 })
    return [{ frames, samples: sum.samples, amount: sum.bytes }]
  })
}

interface Visited {
  readonly node: V8HeapNode
  readonly parent: Visited | undefined
}

/** Without recursion: the profiled stack may be deeper than this one can get. */
function* walk(head: V8HeapNode): Generator<Visited> {
  const left: Visited[] = [{ node: head, parent: undefined }]
  for (let visited = left.pop(); visited; visited = left.pop()) {
    yield visited
    for (const node of visited.node.children) left.push({ node, parent: visited })
  }
}

const native = { name: '(native)', file: '(native)', line: 0 }
const isRoot = ({ functionName, url }: CallFrame) => url === '' && functionName === '(root)'
