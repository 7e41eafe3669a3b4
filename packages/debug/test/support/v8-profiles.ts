import fc from 'fast-check'
import type { V8CpuProfile } from '../../src/inspector/v8-profiles.ts'

const callFrame = (functionName: string, url: string, lineNumber: number) => ({
  functionName,
  url,
  lineNumber,
  columnNumber: 0,
  scriptId: '1',
})

export { callFrame }

/**
 * A tree of nodes as V8 makes them: node 1 is the root, 2 is idle, 3 is the program, the others are
 * anywhere below.
 */
export const v8CpuProfiles: fc.Arbitrary<V8CpuProfile> = fc
  .record({
    parents: fc.array(fc.nat(), { maxLength: 30 }),
    functions: fc.array(fc.nat(5), { minLength: 30, maxLength: 30 }),
    ticks: fc.array(
      fc.array(fc.record({ line: fc.integer({ min: 1, max: 9 }), ticks: fc.nat(3) }), {
        maxLength: 3,
      }),
      {
        minLength: 30,
        maxLength: 30,
      },
    ),
    samples: fc.array(fc.record({ node: fc.nat(), delta: fc.integer({ min: -50, max: 20_000 }) }), {
      maxLength: 60,
    }),
  })
  .map(({ parents, functions, ticks, samples }) => {
    const nodes = [
      { id: 1, callFrame: callFrame('(root)', '', -1), children: [2, 3] },
      { id: 2, callFrame: callFrame('(idle)', '', -1), children: [] as number[] },
      { id: 3, callFrame: callFrame('(program)', '', -1), children: [] as number[] },
    ] as (V8CpuProfile['nodes'][number] & { children: number[] })[]
    parents.forEach((parent, i) => {
      const id = i + 4
      const above = [nodes[0]!, ...nodes.slice(3)]
      above[parent % above.length]!.children.push(id)
      const f = functions[i]!
      const frame =
        f === 5
          ? callFrame('read', '', -1)
          : callFrame(f === 4 ? '' : `f${f}`, 'file:///app/a.js', f * 10)
      nodes.push({ id, callFrame: frame, children: [], positionTicks: ticks[i]! })
    })
    return {
      nodes,
      startTime: 1_000_000,
      endTime: 1_000_000 + samples.reduce((sum, s) => sum + s.delta, 0) + 500,
      samples: samples.map(({ node }) => nodes[node % nodes.length]!.id),
      timeDeltas: samples.map(({ delta }) => delta),
    }
  })
