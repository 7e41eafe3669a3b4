import type { CallFrame, V8CpuNode, V8CpuProfile } from '../inspector/v8-profiles.ts'
import { createPlaces } from './places.ts'
import type { Frame, Stack } from './stacks.ts'

export interface CpuStacks {
  readonly stacks: Stack[]
  /** What is left out of them: time spent waiting for a child process. */
  readonly blockedNanos: number
}

/**
 * One stack for each function and line that was sampled.
 * @param wall - whether time spent waiting for a child process counts
 */
export async function cpuStacks(profile: V8CpuProfile, wall = false): Promise<CpuStacks> {
  const { nodes, samples = [], timeDeltas = [], startTime, endTime } = profile
  const places = await createPlaces(nodes.map(({ callFrame }) => callFrame))
  const parents = new Map<number, V8CpuNode>()
  for (const node of nodes) {
    for (const child of node.children ?? []) parents.set(child, node)
  }

  const taken = new Map<number, { samples: number; nanos: number }>()
  // A sample counts until the next one. Deltas can be negative: V8 may reorder its samples.
  let at = startTime
  samples.forEach((id, i) => {
    at += timeDeltas[i] ?? 0
    const micros = timeDeltas[i + 1] ?? endTime - at
    const sum = taken.get(id) ?? { samples: 0, nanos: 0 }
    sum.samples += 1
    sum.nanos += Math.max(0, micros) * 1000
    taken.set(id, sum)
  })

  let blockedNanos = 0
  const stacks = nodes.flatMap((node) => {
    const sum = taken.get(node.id)
    if (!sum || isIdleOrRoot(node.callFrame)) return []
    if (isBlocked(node, parents.get(node.id))) {
      blockedNanos += sum.nanos
      if (!wall) return []
    }
    const callers: Frame[] = []
    let caller = parents.get(node.id)
    while (caller && !isIdleOrRoot(caller.callFrame)) {
      callers.push(places.of(caller.callFrame))
      caller = parents.get(caller.id)
    }
    return linesOf(node).map(({ line, part }) => ({
      frames: [
        line === undefined ? places.of(node.callFrame) : places.at(node.callFrame, line),
        ...callers,
      ],
      samples: Math.round(sum.samples * part),
      amount: sum.nanos * part,
    }))
  })
  return { stacks, blockedNanos }
}

/**
 * Whether the thread waited for `execSync`, `spawnSync` or `execFileSync`. V8 samples what runs,
 * whether or not it uses a CPU.
 */
function isBlocked({ callFrame }: V8CpuNode, caller: V8CpuNode | undefined): boolean {
  const { url = '' } = caller?.callFrame ?? {}
  return callFrame.functionName === 'spawn' && callFrame.url === '' && url.includes('child_process')
}

const isIdleOrRoot = ({ functionName, url }: CallFrame) =>
  url === '' && (functionName === '(idle)' || functionName === '(root)')

/** V8 reports which lines of a function ran, and how often, but not in which sample. */
function linesOf({ positionTicks = [] }: V8CpuNode) {
  const ticks = positionTicks.filter((tick) => tick.ticks > 0)
  const sum = ticks.reduce((total, tick) => total + tick.ticks, 0)
  if (sum === 0) return [{ line: undefined, part: 1 }]
  return ticks.map(({ line, ticks: count }) => ({ line, part: count / sum }))
}
