import { gzip } from './gzip.ts'
import type { Place, Stack } from './stacks.ts'

/** A type of value and its unit, such as `cpu` and `nanoseconds`. */
export type ValueType = readonly [type: string, unit: string]

export interface PprofOptions {
  /** The types of the `samples` and the `amount` of a stack. */
  readonly types: readonly [ValueType, ValueType]
  readonly period: number
  readonly periodType: ValueType
  readonly startedAtMs: number
  readonly durationMs: number
  /** Shown by `go tool pprof -comments`. */
  readonly comments?: readonly string[]
}

let format: Promise<typeof import('pprof-format')> | undefined

/**
 * Loads the encoder when it is first needed. A console does it when it is created: the loader reads
 * files in libuv's thread pool, which may be full when somebody wants to know why.
 */
export function loadFormat(): Promise<typeof import('pprof-format')> {
  format ??= import('pprof-format')
  return format
}

/**
 * Encodes a profile for `go tool pprof`, Pyroscope and Parca: a gzipped protobuf message
 * `perftools.profiles.Profile`.
 */
export async function encode(
  stacks: readonly Stack[],
  { types, period, periodType, startedAtMs, durationMs, comments = [] }: PprofOptions,
): Promise<Uint8Array> {
  const pprof = await loadFormat()
  const strings = new pprof.StringTable()
  const valueType = ([type, unit]: ValueType) =>
    new pprof.ValueType({ type: strings.dedup(type), unit: strings.dedup(unit) })
  const functions = new Map<Place, InstanceType<typeof pprof.Function>>()
  const locations = new Map<Place, Map<number, InstanceType<typeof pprof.Location>>>()
  let locationCount = 0

  function functionOf(place: Place) {
    const known = functions.get(place)
    if (known) return known
    const name = strings.dedup(place.name)
    const added = new pprof.Function({
      id: functions.size + 1,
      name,
      systemName: name,
      filename: strings.dedup(place.file),
      startLine: place.line,
    })
    functions.set(place, added)
    return added
  }

  function locationOf(place: Place, line: number): number {
    const lines = locations.get(place) ?? new Map()
    locations.set(place, lines)
    const known = lines.get(line)
    if (known) return known.id
    const id = ++locationCount
    const functionId = functionOf(place).id
    const location = new pprof.Location({
      id,
      mappingId: 1,
      line: [new pprof.Line({ functionId, line })],
    })
    lines.set(line, location)
    return id
  }

  const sample = stacks.map(
    ({ frames, samples, amount }) =>
      new pprof.Sample({
        locationId: frames.map(({ place, line }) => locationOf(place, line)),
        value: [samples, Math.round(amount)],
      }),
  )
  const profile = new pprof.Profile({
    sampleType: types.map(valueType),
    sample,
    mapping: [
      new pprof.Mapping({
        id: 1,
        filename: strings.dedup(process.execPath),
        hasFunctions: true,
        hasFilenames: true,
        hasLineNumbers: true,
      }),
    ],
    location: [...locations.values()].flatMap((lines) => [...lines.values()]),
    function: [...functions.values()],
    stringTable: strings,
    timeNanos: BigInt(startedAtMs) * 1_000_000n,
    durationNanos: Math.round(durationMs * 1e6),
    periodType: valueType(periodType),
    period,
    defaultSampleType: strings.dedup(types[1][0]),
    comment: comments.map((comment) => strings.dedup(comment)),
  })
  return gzip(profile.encode())
}
