import flamegraph, { type FlameGraph } from 'd3-flame-graph'
import { select } from 'd3-selection'
import { h } from './dom.ts'

/** A frame of a flame graph, with what it called. */
export interface FrameNode {
  readonly name: string
  value: number
  /** How much more it is than in the profile that it is compared with. */
  delta?: number
  readonly children: FrameNode[]
}

const maxDepth = 200

/** Makes a tree of lines such as `outer;inner 12`. */
export function treeOf(stacks: string): FrameNode {
  const root: FrameNode = { name: 'all', value: 0, children: [] }
  const index = new Map<FrameNode, Map<string, FrameNode>>()
  const childOf = (parent: FrameNode, name: string) => {
    const known = index.get(parent) ?? new Map<string, FrameNode>()
    index.set(parent, known)
    const child = known.get(name) ?? { name, value: 0, children: [] }
    if (!known.has(name)) {
      known.set(name, child)
      parent.children.push(child)
    }
    return child
  }
  for (const line of stacks.split('\n')) {
    const gap = line.lastIndexOf(' ')
    const amount = Number(line.slice(gap + 1))
    if (gap < 0 || !(amount > 0)) continue
    let node = root
    node.value += amount
    for (const name of line.slice(0, gap).split(';').slice(0, maxDepth)) {
      node = childOf(node, name)
      node.value += amount
    }
  }
  return root
}

/**
 * Says at each frame how much more it is than in another tree, as shares of the whole, in units of
 * this one: the profiles may have taken different times.
 */
export function compare(tree: FrameNode, before: FrameNode): void {
  const scale = before.value === 0 ? 0 : tree.value / before.value
  const visit = (node: FrameNode, other: FrameNode | undefined) => {
    node.delta = Math.round(node.value - (other?.value ?? 0) * scale)
    for (const child of node.children)
      visit(
        child,
        other?.children.find(({ name }) => name === child.name),
      )
  }
  visit(tree, before)
}

/** What each function took by itself and with what it called, the largest first. */
export function topOf(tree: FrameNode): {
  readonly name: string
  readonly self: number
  readonly total: number
  readonly delta: number
}[] {
  const functions = new Map<string, { name: string; self: number; total: number; delta: number }>()
  const visit = (node: FrameNode, above: ReadonlySet<string>) => {
    const entry = functions.get(node.name) ?? { name: node.name, self: 0, total: 0, delta: 0 }
    functions.set(node.name, entry)
    const inner = node.children.reduce((sum, { value }) => sum + value, 0)
    const innerDelta = node.children.reduce((sum, { delta = 0 }) => sum + delta, 0)
    entry.self += node.value - inner
    entry.delta += (node.delta ?? 0) - innerDelta
    // A function that calls itself counts once.
    if (!above.has(node.name)) entry.total += node.value
    const around = new Set(above).add(node.name)
    for (const child of node.children) visit(child, around)
  }
  for (const child of tree.children) visit(child, new Set())
  return [...functions.values()].sort((a, b) => b.self - a.self)
}

export interface Flame {
  readonly element: HTMLElement
  draw(tree: FrameNode, isDifference: boolean): void
  /** Marks the frames whose name contains the words; none for no words. */
  search(words: string): void
  reset(): void
}

/** @param format - the amounts
 *  @param onDetails - what the frame under the pointer, or the one that was clicked, is */
export function createFlame(
  format: (value: number) => string,
  onDetails: (text: string) => void,
): Flame {
  const element = h('div', {
    class: 'flame',
    role: 'img',
    'aria-label': 'Flame graph; the table below it lists the functions',
  })
  let chart: FlameGraph | undefined
  let words = ''

  return {
    element,
    draw(tree, isDifference) {
      element.replaceChildren()
      const made = flamegraph()
        .width(Math.max(280, element.clientWidth))
        .cellHeight(18)
        .minFrameSize(1)
        .transitionDuration(matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 200)
        .tooltip(false)
        .inverted(true)
        .computeDelta(false)
        .setDetailsHandler(() => {})
        .setLabelHandler((node) => `${node.data.name}: ${format(node.data.value)}`)
        .setSearchMatch((node, term) => node.data.name.toLowerCase().includes(term.toLowerCase()))
        .onHover((node) => onDetails(`${node.data.name}: ${format(node.data.value)}`))
        .onClick((node) => onDetails(`${node.data.name}: ${format(node.data.value)}`))
      if (isDifference) made.setColorMapper((node) => differenceColor(node.data))
      chart = made
      select(element)
        .datum(tree)
        .call(made as never)
      if (words !== '') made.search(words)
    },
    search(next) {
      words = next.trim()
      if (words === '') chart?.clear()
      else chart?.search(words)
    },
    reset: () => chart?.resetZoom(),
  }
}

/** Red: more than before. Blue: less. The further from grey, the more of the frame it is. */
function differenceColor({ value, delta = 0 }: Omit<FrameNode, 'children'>): string {
  const share = Math.max(-1, Math.min(1, value === 0 ? 0 : delta / value))
  const strength = Math.round(Math.abs(share) * 100)
  return `color-mix(in srgb, ${share > 0 ? '#e5484d' : '#3e8ae0'} ${strength}%, #c8c8c8)`
}
