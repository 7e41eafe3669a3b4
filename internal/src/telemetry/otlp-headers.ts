/** What a header of an export may be: legal in gRPC metadata and in HTTP. */
export const headerRule: string =
  'a header: its name of letters, digits, ".", "_" and "-", without "-bin" at the end, its value of printable ASCII'

const namePattern = /^[0-9a-z_.-]+$/i

export function isHeader(name: string, value: string): boolean {
  return namePattern.test(name) && !/-bin$/i.test(name) && /^[ -~]*$/.test(value)
}

/** The headers of `OTEL_EXPORTER_OTLP_HEADERS`. */
export interface ParsedHeaders {
  readonly headers: Readonly<Record<string, string>>
  /** Whether some were left out, because no protocol can send them. */
  readonly hasIllegal: boolean
}

/** Comma-separated name=value pairs, both percent-encoded. */
export function parseHeaders(text: string | undefined): ParsedHeaders {
  const headers: Record<string, string> = {}
  let hasIllegal = false
  for (const pair of text?.split(',') ?? []) {
    if (pair.trim() === '') continue
    const at = pair.indexOf('=')
    const name = decoded(pair.slice(0, Math.max(at, 0)))
    const value = decoded(pair.slice(at + 1))
    if (name !== undefined && value !== undefined && isHeader(name, value)) headers[name] = value
    else hasIllegal = true
  }
  return { headers, hasIllegal }
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text.trim()).trim()
  } catch {
    return undefined
  }
}
