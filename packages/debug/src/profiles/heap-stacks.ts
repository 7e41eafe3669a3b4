import type { V8Stack } from '../inspector/v8-heap-stacks.ts'
import { createPlaces } from './places.ts'
import type { Frame, Stack } from './stacks.ts'

/** The stacks of a heap profile, mapped back to the source. */
export async function heapStacks(stacks: readonly V8Stack[]): Promise<Stack[]> {
  const places = await createPlaces(stacks.flatMap(({ callFrames }) => callFrames))
  return stacks.map(({ callFrames, samples, bytes }) => {
    const frames: Frame[] = callFrames.map((callFrame) => places.of(callFrame))
    if (frames.length === 0) frames.push({ place: native, line: 0 })
    return { frames, samples, amount: bytes }
  })
}

const native = { name: '(native)', file: '(native)', line: 0 }
