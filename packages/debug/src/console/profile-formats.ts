import type { CpuProfile } from '../profiles/cpu-profile.ts'
import type { HeapProfile } from '../profiles/heap-profile.ts'
import { topText } from '../profiles/top-text.ts'
import type { Content } from './answer.ts'

const text = 'text/plain; charset=utf-8'

/** A profile in a format, and the extension under which tools know the file. */
export function formatted(
  profile: CpuProfile | HeapProfile,
  format: string,
): { readonly content: Content; readonly extension: string } {
  if (format === 'top') {
    return { content: { type: text, body: `${topText(profile)}\n` }, extension: 'txt' }
  }
  if (format === 'collapsed') {
    return { content: { type: text, body: profile.collapsed() }, extension: 'collapsed.txt' }
  }
  if (format === 'cpuprofile' && 'v8Json' in profile) {
    const content = { type: 'application/json', body: profile.v8Json() }
    return { content, extension: 'cpuprofile' }
  }
  return {
    content: { type: 'application/octet-stream', body: profile.pprof },
    extension: 'pb.gz',
  }
}
