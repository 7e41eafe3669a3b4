import { gunzipSync } from 'node:zlib'
import { Profile } from 'pprof-format'

export interface HotFunction {
  readonly name: string
  readonly file: string
  readonly percent: number
}

/** The functions with the most self time in a pprof profile, as `go tool pprof -top` lists them. */
export function topFunctions(pprof: Uint8Array, count: number): HotFunction[] {
  const profile = Profile.decode(gunzipSync(pprof))
  const stringAt = (index: number | bigint) => profile.stringTable.strings[Number(index)] ?? ''
  const functions = new Map(profile.function.map((f) => [String(f.id), f]))
  const locations = new Map(profile.location.map((l) => [String(l.id), l]))
  const selfTimes = new Map<string, number>()
  let total = 0
  for (const sample of profile.sample) {
    const value = Number(sample.value.at(-1))
    const leaf = locations.get(String(sample.locationId[0]))
    const fn = functions.get(String(leaf?.line[0]?.functionId))
    const key = `${stringAt(fn?.name ?? 0)}\n${stringAt(fn?.filename ?? 0)}`
    selfTimes.set(key, (selfTimes.get(key) ?? 0) + value)
    total += value
  }
  return [...selfTimes]
    .sort((a, b) => b[1] - a[1])
    .slice(0, count)
    .map(([key, value]) => {
      const [name = '', file = ''] = key.split('\n')
      return { name, file: file.split('/').slice(-2).join('/'), percent: (100 * value) / total }
    })
}
