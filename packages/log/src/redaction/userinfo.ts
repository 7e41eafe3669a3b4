import { redacted } from './text-names.ts'

const authority = /[^\s/?#"'<>]*/y
const word = /[^\s"'<>]{0,256}/y
// Where `/`, `?` and `#` begin what may well hold an `@`.
const webSchemes: ReadonlySet<string> = new Set(['http', 'https', 'ws', 'wss', 'ftp', 'file'])
const maxScheme = 32

/** A text without the `user:password@` of URLs in it. */
export function withoutUserinfo(text: string): string {
  let out = ''
  let from = 0
  for (let at = text.indexOf('://'); at !== -1; at = text.indexOf('://', at + 3)) {
    const start = at + 3
    const sign = userinfoEnd(text, at, start)
    if (sign === -1) continue
    out += text.slice(from, start) + redacted
    from = sign
  }
  return from === 0 ? text : out + text.slice(from)
}

/** Where the `@` behind the user information stands; -1 where there is none. */
function userinfoEnd(text: string, at: number, start: number): number {
  authority.lastIndex = start
  const [host = ''] = authority.exec(text) ?? []
  const sign = host.lastIndexOf('@')
  if (sign !== -1) return start + sign
  const colon = host.indexOf(':')
  const end = start + host.length
  if (colon === -1 || !/[/?#]/.test(text[end] ?? '')) return -1
  // A password in which somebody forgot to escape a character.
  const isPort = /^\d{0,5}$/.test(host.slice(colon + 1))
  const scheme = schemeBefore(text, at)
  if (scheme === '' || host[0] === '[' || (isPort && webSchemes.has(scheme))) return -1
  word.lastIndex = end
  const [rest = ''] = word.exec(text) ?? []
  const last = rest.lastIndexOf('@')
  return last === -1 ? -1 : end + last
}

function schemeBefore(text: string, at: number): string {
  const [name = ''] = /[a-z\d+.-]*$/i.exec(text.slice(Math.max(0, at - maxScheme), at)) ?? []
  return name.toLowerCase()
}
