import type { CallFrame, V8HeapNode, V8HeapProfile } from './v8-profiles.ts'

/** What was allocated in one place, before it is mapped back to the source. */
export interface V8Stack {
  /** The leaf comes first. Empty for what V8 itself allocated, before any function was called. */
  readonly callFrames: readonly CallFrame[]
  readonly samples: number
  readonly bytes: number
}

/**
 * One stack for each place that allocated.
 * @param after - samples up to this ordinal are skipped
 */
export function stacksOf(
  { head, samples }: V8HeapProfile,
  after: number = Number.NEGATIVE_INFINITY,
): V8Stack[] {
  const taken = new Map<number, { samples: number; bytes: number }>()
  for (const { nodeId, size, ordinal } of samples) {
    if (ordinal <= after) continue
    const sum = taken.get(nodeId) ?? { samples: 0, bytes: 0 }
    sum.samples += 1
    sum.bytes += size
    taken.set(nodeId, sum)
  }
  const stacks: V8Stack[] = []
  for (const visited of walk(head)) {
    const sum = taken.get(visited.node.id)
    if (sum) stacks.push({ callFrames: callersOf(visited), ...sum })
  }
  return stacks
}

/** The sum of two profiles: equal stacks become one, so that repeated sums stay small. */
export function addStacks(a: readonly V8Stack[], b: readonly V8Stack[]): V8Stack[] {
  const byKey = new Map<string, V8Stack>()
  for (const stack of [...a, ...b]) {
    const key = stack.callFrames
      .map((f) => `${f.functionName}\n${f.url}:${f.lineNumber}:${f.columnNumber}`)
      .join('\n')
    const { samples = 0, bytes = 0 } = byKey.get(key) ?? {}
    byKey.set(key, { ...stack, samples: samples + stack.samples, bytes: bytes + stack.bytes })
  }
  return [...byKey.values()]
}

/** The largest ordinal that was given so far; -1 if there is none. */
export function lastOrdinal({ samples }: V8HeapProfile): number {
  return samples.reduce((max, { ordinal }) => Math.max(max, ordinal), -1)
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

function callersOf(visited: Visited): CallFrame[] {
  const callFrames: CallFrame[] = []
  for (let at: Visited | undefined = visited; at && !isRoot(at.node.callFrame); at = at.parent) {
    callFrames.push(at.node.callFrame)
  }
  return callFrames
}

const isRoot = ({ functionName, url }: CallFrame) => url === '' && functionName === '(root)'
