import type { CallFrame } from '../inspector/v8-profiles.ts'
import { createPlaces } from '../profiles/places.ts'
import type { Stack } from '../profiles/stacks.ts'
import type { CallSite, StackSample } from './worker-source.ts'

/** The stacks of a stall: each sample stands for an equal part of its time. */
export async function sampledStacks(
  samples: readonly StackSample[],
  durationMs: number,
): Promise<Stack[]> {
  const known = samples.map(blockingSites).filter((sites) => sites.length > 0)
  const places = await createPlaces(known.flat().map(callFrameOf))
  return known.map((sites) => ({
    frames: sites.map((site) => places.at(callFrameOf(site), site.line ?? 0)),
    samples: 1,
    amount: (durationMs * 1e6) / known.length,
  }))
}

/**
 * A thread that comes back from a system call answers as soon as it calls another function. That
 * one was not what blocked it.
 */
function blockingSites({ sites, wasLate }: StackSample): readonly CallSite[] {
  const [innermost] = sites
  const hasJustBegun = innermost?.line != null && innermost.line === innermost.functionLine
  return wasLate && hasJustBegun && sites.length > 1 ? sites.slice(1) : sites
}

function callFrameOf({ name, type, url, functionLine, functionColumn }: CallSite): CallFrame {
  // Built-in functions have no file: `RegExp.test`, `JSON.parse`.
  const isBuiltIn = url === null && type !== null && name !== null
  return {
    functionName: isBuiltIn ? `${type}.${name}` : (name ?? ''),
    url: url ?? '',
    lineNumber: (functionLine ?? 1) - 1,
    columnNumber: (functionColumn ?? 1) - 1,
  }
}
