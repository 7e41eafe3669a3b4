export type Format = 'text' | 'openmetrics'

const maxLength = 1000

/**
 * The format that a client prefers: OpenMetrics only if it asks for it, and at least as much as for
 * the text format. https://www.rfc-editor.org/rfc/rfc9110#name-accept
 */
export function formatOf(accept: string | undefined): Format {
  let openMetrics = 0
  let text = 0
  for (const part of (accept ?? '').slice(0, maxLength).toLowerCase().split(',')) {
    const [type = '', ...parameters] = part.split(';').map((each) => each.trim())
    const find = (name: string) =>
      parameters.find((each) => each.startsWith(`${name}=`))?.slice(name.length + 1)
    const quality = Number(find('q') ?? 1)
    if (!(quality > 0 && quality <= 1)) continue
    const version = find('version')?.replaceAll('"', '') ?? '1.0.0'
    const isKnown = version === '1.0.0' || version === '0.0.1'
    if (type === 'application/openmetrics-text' && isKnown) {
      openMetrics = Math.max(openMetrics, quality)
    } else if (['text/plain', 'text/*', '*/*'].includes(type)) text = Math.max(text, quality)
  }
  return openMetrics > 0 && openMetrics >= text ? 'openmetrics' : 'text'
}
