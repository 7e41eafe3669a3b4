import { gunzipSync } from 'node:zlib'
import { beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Profile } from 'pprof-format'
import { cpuStacks } from '../../src/profiles/cpu-stacks.ts'
import { gzip } from '../../src/profiles/gzip.ts'
import { encode } from '../../src/profiles/pprof.ts'
import { v8CpuProfiles } from '../support/v8-profiles.ts'

// The rules come from the comments in google/pprof, proto/profile.proto.

const options = {
  types: [
    ['samples', 'count'],
    ['cpu', 'nanoseconds'],
  ],
  periodType: ['cpu', 'nanoseconds'],
  period: 10_000_000,
  startedAtMs: 1_700_000_000_123,
  durationMs: 1234.5,
} as const

const decoded = (bytes: Uint8Array) => Profile.decode(gunzipSync(bytes))

const rules: Record<string, (profile: Profile) => void> = {
  'string_table[0] must always be ""': (p) => expect(p.stringTable.strings[0]).toBe(''),
  'every index of a string is within the table': (p) => {
    const indexes = [
      ...p.sampleType.flatMap((t) => [t.type, t.unit]),
      ...p.function.flatMap((f) => [f.name, f.systemName, f.filename]),
      ...p.mapping.map((m) => m.filename),
      p.defaultSampleType,
      p.periodType?.type ?? 0,
    ].map(Number)
    for (const index of indexes) expect(p.stringTable.strings[index]).toBeDefined()
  },
  'the number of values of a sample is that of sample_type': (p) => {
    for (const sample of p.sample) expect(sample.value).toHaveLength(p.sampleType.length)
  },
  'values are integers, and none is negative': (p) => {
    for (const value of p.sample.flatMap((s) => s.value))
      expect(Number(value)).toBeGreaterThanOrEqual(0)
  },
  'ids of locations and functions are unique and nonzero': (p) => {
    for (const list of [p.location, p.function]) {
      const ids = list.map(({ id }) => Number(id))
      expect(new Set(ids).size).toBe(ids.length)
      expect(ids).not.toContain(0)
    }
  },
  'a sample refers to locations that are there': (p) => {
    const ids = new Set(p.location.map(({ id }) => Number(id)))
    for (const id of p.sample.flatMap((s) => s.locationId)) expect(ids).toContain(Number(id))
  },
  'a location refers to a mapping and to functions that are there': (p) => {
    const functions = new Set(p.function.map(({ id }) => Number(id)))
    const mappings = p.mapping.map(({ id }) => Number(id))
    for (const location of p.location) {
      expect(mappings).toContain(Number(location.mappingId))
      for (const line of location.line) expect(functions).toContain(Number(line.functionId))
    }
  },
  'each sample has at least one location': (p) => {
    for (const sample of p.sample) expect(sample.locationId.length).toBeGreaterThan(0)
  },
  'default_sample_type is a type of the profile': (p) =>
    expect(p.sampleType.map((t) => Number(t.type))).toContain(Number(p.defaultSampleType)),
}

describe('profile.proto', () => {
  const profiles: Profile[] = []
  beforeAll(async () => {
    for (const v8 of fc.sample(v8CpuProfiles, { numRuns: 60, seed: 7 }))
      profiles.push(decoded(await encode((await cpuStacks(v8)).stacks, options)))
    expect(profiles.some((profile) => profile.sample.length > 5)).toBe(true)
  })

  test.each(Object.keys(rules))('%s', (rule) => {
    for (const profile of profiles) rules[rule]?.(profile)
  })

  test('location_id: the leaf is at location_id[0]', async () => {
    const place = (name: string) => ({ name, file: '/a.js', line: 1 })
    const frames = ['leaf', 'caller'].map((name) => ({ place: place(name), line: 2 }))
    const p = decoded(await encode([{ frames, samples: 3, amount: 7 }], options))
    const names = p.sample[0]?.locationId.map((id) => {
      const location = p.location.find((l) => l.id === id)
      const f = p.function.find((found) => found.id === location?.line[0]?.functionId)
      return p.stringTable.strings[Number(f?.name)]
    })
    expect(names).toEqual(['leaf', 'caller'])
    expect(p.sample[0]?.value.map(Number)).toEqual([3, 7])
  })

  test('comment: what the numbers of the profile leave out', async () => {
    const p = decoded(await encode([], { ...options, comments: ['one', 'two'] }))
    expect(p.comment.map((at) => p.stringTable.strings[Number(at)])).toEqual(['one', 'two'])
  })

  test('a large profile is several members of one gzip file (RFC 1952 2.2)', async () => {
    const data = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * i) % 251))
    for (const length of [0, 1, 262_143, 262_144, 262_145, 300_000]) {
      expect(gunzipSync(await gzip(data.subarray(0, length)))).toEqual(data.subarray(0, length))
    }
  })

  test('time_nanos, duration_nanos and period say when, how long and how often', () => {
    const [p] = profiles
    expect(BigInt(p?.timeNanos ?? 0)).toBe(1_700_000_000_123_000_000n)
    expect(Number(p?.durationNanos)).toBe(1_234_500_000)
    expect(Number(p?.period)).toBe(10_000_000)
  })
})
