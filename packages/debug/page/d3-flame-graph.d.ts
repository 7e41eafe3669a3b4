/** The part of d3-flame-graph that is used here: it has no types of its own. */
declare module 'd3-flame-graph' {
  interface Node {
    readonly data: { readonly name: string; readonly value: number; readonly delta?: number }
    readonly highlight?: boolean
  }
  export interface FlameGraph {
    width(pixels: number): this
    cellHeight(pixels: number): this
    minFrameSize(pixels: number): this
    transitionDuration(ms: number): this
    tooltip(tip: boolean): this
    inverted(isInverted: boolean): this
    computeDelta(isComputed: boolean): this
    setDetailsHandler(handler: (details: unknown) => void): this
    setLabelHandler(handler: (node: Node) => string): this
    setSearchMatch(matches: (node: Node, term: string) => boolean): this
    setColorMapper(mapper: (node: Node, original: string) => string): this
    onHover(handler: (node: Node) => void): this
    onClick(handler: (node: Node) => void): this
    search(term: string): void
    clear(): void
    resetZoom(): void
  }
  export default function flamegraph(): FlameGraph
}

declare module 'd3-selection' {
  interface Selection {
    datum(value: unknown): this
    call(chart: (selection: this) => void): this
  }
  export function select(element: Element): Selection
}
