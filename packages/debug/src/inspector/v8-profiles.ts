// What the inspector protocol returns, as far as it is read here.

/** A function as V8 names it: lines and columns count from 0. */
export interface CallFrame {
  readonly functionName: string
  readonly url: string
  readonly lineNumber: number
  readonly columnNumber: number
}

/** `Profiler.Profile`. Times are in microseconds. */
export interface V8CpuProfile {
  readonly nodes: readonly V8CpuNode[]
  readonly startTime: number
  readonly endTime: number
  readonly samples?: readonly number[]
  readonly timeDeltas?: readonly number[]
}

export interface V8CpuNode {
  readonly id: number
  readonly callFrame: CallFrame
  readonly children?: readonly number[]
  readonly positionTicks?: readonly { readonly line: number; readonly ticks: number }[]
}

/** `HeapProfiler.SamplingHeapProfile`. */
export interface V8HeapProfile {
  readonly head: V8HeapNode
  readonly samples: readonly {
    readonly size: number
    readonly nodeId: number
    /** Increases over the life of the sampler. */
    readonly ordinal: number
  }[]
}

export interface V8HeapNode {
  readonly id: number
  readonly callFrame: CallFrame
  readonly children: readonly V8HeapNode[]
}
