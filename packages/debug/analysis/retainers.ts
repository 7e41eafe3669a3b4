import type { ClassRow, Holder, RetainersReport } from '../src/heap/report.ts'
import { type Dominators, dominatorsOf } from './dominators.ts'
import { type Graph, holdingEdges } from './graph.ts'
import { classOf, isOfProgram } from './names.ts'
import { pathsOf } from './paths.ts'

const maxHolders = 20
const maxClasses = 40
const maxHeld = 3
/** One that holds nearly all of what is held by an outer one is the holder, not the outer one. */
const passedOn = 0.8

/** Who keeps the memory of a snapshot alive. */
export function retainersOf(graph: Graph): RetainersReport {
  const holds = holdingEdges(graph)
  const dominators = dominatorsOf(graph, holds)
  const ofProgram = new Uint8Array(dominators.count)
  for (let place = 1; place < dominators.count; place++) {
    ofProgram[place] = isOfProgram(graph, dominators.nodeAt[place] as number) ? 1 : 0
  }
  return {
    totalBytes: dominators.retained[0] as number,
    objects: dominators.count,
    holders: holdersOf(graph, holds, dominators, ofProgram),
    classes: classesOf(graph, dominators),
  }
}

function holdersOf(
  graph: Graph,
  holds: (from: number, edge: number) => boolean,
  { count, nodeAt, dominator, retained }: Dominators,
  ofProgram: Uint8Array,
): readonly Holder[] {
  // The nearest object of the program that dominates each place; 0 if none does.
  const owner = new Uint32Array(count)
  const largest = new Float64Array(count)
  for (let place = 1; place < count; place++) {
    const above = dominator[place] as number
    const own = ofProgram[above] === 1 ? above : (owner[above] as number)
    owner[place] = own
    if (ofProgram[place] === 1 && (retained[place] as number) > (largest[own] as number)) {
      largest[own] = retained[place] as number
    }
  }
  const found: number[] = []
  for (let place = 1; place < count; place++) {
    if (ofProgram[place] === 0) continue
    const own = retained[place] as number
    if ((largest[place] as number) > own * passedOn) continue
    if (found.length === maxHolders && own <= (retained[found.at(-1) as number] as number)) continue
    found.push(place)
    found.sort((a, b) => (retained[b] as number) - (retained[a] as number))
    if (found.length > maxHolders) found.pop()
  }
  const contents = new Map(found.map((place) => [place, new Map<string, number>()]))
  for (let place = 1; place < count; place++) {
    const held = contents.get(owner[place] as number)
    if (!held) continue
    const name = classOf(graph, nodeAt[place] as number)
    if (name !== '(system)' && name !== '(array)') held.set(name, (held.get(name) ?? 0) + 1)
  }
  const pathTo = pathsOf(graph, holds)
  return found.map((place) => ({
    class: classOf(graph, nodeAt[place] as number),
    retainedBytes: retained[place] as number,
    holds: [...(contents.get(place) ?? [])]
      .map(([name, number]) => ({ class: name, count: number }))
      .sort((a, b) => b.count - a.count)
      .slice(0, maxHeld),
    path: pathTo(nodeAt[place] as number),
  }))
}

function classesOf(
  graph: Graph,
  { count, nodeAt, dominator, retained }: Dominators,
): readonly ClassRow[] {
  const numbers = new Map<string, number>()
  const rows: { class: string; count: number; ownBytes: number; retainedBytes: number }[] = []
  const classAt = new Uint32Array(count)
  for (let place = 0; place < count; place++) {
    const name = classOf(graph, nodeAt[place] as number)
    const number = numbers.get(name) ?? rows.length
    if (number === rows.length) {
      numbers.set(name, number)
      rows.push({ class: name, count: 0, ownBytes: 0, retainedBytes: 0 })
    }
    classAt[place] = number
    const row = rows[number] as (typeof rows)[number]
    row.count++
    row.ownBytes += graph.bytes[nodeAt[place] as number] as number
  }
  // What is inside of another one of its class counts with that one. Along each branch of the tree of
  // dominators: how many of each class are above.
  const { firstChild, nextSibling } = childrenOf(count, dominator)
  const above = new Uint32Array(rows.length)
  const enter = (place: number) => {
    const own = classAt[place] as number
    if (above[own] === 0) {
      const row = rows[own] as (typeof rows)[number]
      row.retainedBytes += retained[place] as number
    }
    above[own] = (above[own] as number) + 1
  }
  enter(0)
  for (let place = 0; ; ) {
    let next = firstChild[place] as number
    while (next === 0 && place !== 0) {
      const own = classAt[place] as number
      above[own] = (above[own] as number) - 1
      next = nextSibling[place] as number
      place = dominator[place] as number
    }
    if (next === 0) break
    place = next
    enter(place)
  }
  return rows
    .filter((row) => row.class !== '(system)' && row.class !== '')
    .sort((a, b) => b.retainedBytes - a.retainedBytes)
    .slice(0, maxClasses)
}

/** Place 0 is the root, and nobody's child: it stands for none. */
function childrenOf(count: number, dominator: Uint32Array) {
  const firstChild = new Uint32Array(count)
  const nextSibling = new Uint32Array(count)
  for (let place = count - 1; place > 0; place--) {
    const above = dominator[place] as number
    nextSibling[place] = firstChild[above] as number
    firstChild[above] = place
  }
  return { firstChild, nextSibling }
}
