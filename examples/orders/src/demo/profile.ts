import { gunzipSync } from 'node:zlib'
import { Profile } from 'pprof-format'

export interface Hot {
  readonly name: string
  readonly file: string
  readonly percent: number
}

/** The functions in which a pprof profile spent most time themselves, as `go tool pprof -top` lists them. */
export function topFunctions(pprof: Uint8Array, count: number): Hot[] {
  const profile = Profile.decode(gunzipSync(pprof))
  const text = (index: number | bigint) => profile.stringTable.strings[Number(index)] ?? ''
  const functions = new Map(profile.function.map((f) => [String(f.id), f]))
  const locations = new Map(profile.location.map((l) => [String(l.id), l]))
  const self = new Map<string, number>()
  let total = 0
  for (const sample of profile.sample) {
    const value = Number(sample.value.at(-1))
    const leaf = locations.get(String(sample.locationId[0]))
    const fn = functions.get(String(leaf?.line[0]?.functionId))
    const key = `${text(fn?.name ?? 0)}\n${text(fn?.filename ?? 0)}`
    self.set(key, (self.get(key) ?? 0) + value)
    total += value
  }
  return [...self]
    .sort((a, b) => b[1] - a[1])
    .slice(0, count)
    .map(([key, value]) => {
      const [name = '', file = ''] = key.split('\n')
      return { name, file: file.split('/').slice(-2).join('/'), percent: (100 * value) / total }
    })
}
