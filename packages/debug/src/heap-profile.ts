import { exclusively } from './capture.ts'
import { DebugError, optionError } from './errors.ts'
import {
  intervalBytes,
  readSampler,
  retainSampler,
  type Sampled,
  takeSampler,
  type V8HeapNode,
} from './heap-sampler.ts'
import { wait } from './inspector.ts'
import { integerIn, numberIn, shown } from './options.ts'
import { type CallFrame, createPlaces } from './places.ts'
import { encode } from './pprof.ts'
import { type Frame, type Stack, shares } from './stacks.ts'

/** What to take. */
export interface HeapProfileOptions {
  /**
   * Only what is allocated from now on, for so many seconds (0.01 to 3600). Needed with `collected`, and while no sampler runs.
   *
   * @defaultValue everything sampled since the sampler was started, at once
   */
  readonly seconds?: number
  /**
   * Also count what is garbage again at the end: Go's `allocs`. V8 has one sampler, so what it had gathered for live
   * profiles is lost, and it starts anew afterwards. @defaultValue false
   */
  readonly collected?: boolean
  /** Ends it early: the promise rejects with `ERR_DEBUG_CANCELLED`. */
  readonly signal?: AbortSignal
}

/** What one function allocated. */
export interface HeapFunction {
  readonly function: string
  /** A path, a `node:` module, or `(native)`. */
  readonly file: string
  /** Where the function begins; 0 where it has no line. */
  readonly line: number
  /** Bytes that the function itself allocated. */
  readonly selfBytes: number
  /** `selfBytes` in percent of the whole profile. */
  readonly selfPercent: number
  /** Bytes that the function, and what it called, allocated. */
  readonly totalBytes: number
  readonly totalPercent: number
}

/** Who allocated the memory. Estimated from one sample for about 512 KiB. */
export interface HeapProfile {
  /** Since when allocations were sampled. */
  readonly startedAt: Date
  readonly durationMs: number
  readonly totalBytes: number
  /** The profile as a gzipped pprof file: for `go tool pprof`, Pyroscope, Parca. */
  readonly pprof: Uint8Array
  /** The functions that allocated the most by themselves, the largest first. @defaultValue 10 of them */
  top(count?: number): readonly HeapFunction[]
}

/**
 * Takes a profile of the heap: which functions allocated what is alive now. Reading it takes milliseconds; it is not a snapshot.
 *
 * @throws DebugError `ERR_DEBUG_NO_SAMPLER` (no console keeps the sampler running: give `seconds`), `ERR_DEBUG_BUSY`,
 * `ERR_DEBUG_CANCELLED`, `ERR_DEBUG_UNAVAILABLE`; TypeError `ERR_DEBUG_OPTION`
 */
export async function heapProfile(options: HeapProfileOptions = {}): Promise<HeapProfile> {
  const { collected = false, signal } = options
  if (typeof collected !== 'boolean')
    throw optionError(`collected must be true or false, got ${shown(collected)}`)
  const seconds =
    options.seconds === undefined ? undefined : numberIn('seconds', options.seconds, 0.01, 3600)
  if (collected && seconds === undefined)
    throw optionError('allocs needs seconds: for how long to count')
  if (signal?.aborted)
    throw new DebugError('ERR_DEBUG_CANCELLED', 'the profile was cancelled', {
      cause: signal.reason,
    })
  const { profile, since, until, after } = await sampled(seconds, collected, signal)
  const stacks = await heapStacks(
    profile.head,
    profile.samples.filter((s) => s.ordinal > after),
  )
  const durationMs = until - since
  const totalBytes = stacks.reduce((sum, { amount }) => sum + amount, 0)
  const percent = (bytes: number) => (totalBytes === 0 ? 0 : (bytes / totalBytes) * 100)
  const pprof = await encode(stacks, {
    types: [
      ['samples', 'count'],
      [collected ? 'alloc_space' : 'inuse_space', 'bytes'],
    ],
    periodType: ['space', 'bytes'],
    period: intervalBytes,
    startedAtMs: since,
    durationMs,
  })
  return {
    startedAt: new Date(since),
    durationMs,
    totalBytes,
    pprof,
    top: (count = 10) =>
      shares(stacks)
        .slice(0, integerIn('count', count, 1, 100_000))
        .map(({ place, self, total }) => ({
          function: place.name,
          file: place.file,
          line: place.line,
          selfBytes: self,
          selfPercent: percent(self),
          totalBytes: total,
          totalPercent: percent(total),
        })),
  }
}

interface Taken extends Sampled {
  readonly until: number
  /** Samples up to this ordinal are not asked for. */
  readonly after: number
}

async function sampled(
  seconds: number | undefined,
  collected: boolean,
  signal: AbortSignal | undefined,
): Promise<Taken> {
  if (seconds === undefined)
    return { ...(await readSampler()), until: Date.now(), after: Number.NEGATIVE_INFINITY }
  return exclusively(collected ? 'an allocation profile' : 'a heap profile', async () => {
    if (collected) {
      const taken = await takeSampler(() => wait(seconds * 1000, signal))
      return { ...taken, until: Date.now(), after: Number.NEGATIVE_INFINITY }
    }
    const sampler = retainSampler()
    try {
      await sampler.started
      const before = await readSampler()
      const since = Date.now()
      const after = before.profile.samples.reduce((max, s) => Math.max(max, s.ordinal), -1)
      await wait(seconds * 1000, signal)
      const { profile } = await readSampler()
      return { profile, since, until: Date.now(), after }
    } finally {
      await sampler.release()
    }
  })
}

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
    for (let up = parent; up && !isRoot(up.node.callFrame); up = up.parent)
      frames.push(places.of(up.node.callFrame))
    // Allocated by V8 itself, before any function was called.
    if (frames.length === 0) frames.push({ place: native, line: 0 })
    return [{ frames, samples: sum.samples, amount: sum.bytes }]
  })
}

interface Visited {
  readonly node: V8HeapNode
  readonly parent: Visited | undefined
}

/** Without recursion: a stack may be deeper than ours. */
function* walk(head: V8HeapNode): Generator<Visited> {
  const left: Visited[] = [{ node: head, parent: undefined }]
  for (let visited = left.pop(); visited; visited = left.pop()) {
    yield visited
    for (const node of visited.node.children) left.push({ node, parent: visited })
  }
}

const native = { name: '(native)', file: '(native)', line: 0 }
const isRoot = ({ functionName, url }: CallFrame) => url === '' && functionName === '(root)'
