// Media ranges looked at; the rest of a longer header says nothing useful.
const maxRanges = 20

interface Range {
  readonly type: string
  readonly quality: number
}

/**
 * The media type the client likes best, of those offered, by RFC 9110 §12.5.1. The first one when the header is missing,
 * malformed, or likes none: an answer in a form not asked for helps a probe more than a 406.
 */
export function preferred<T extends string>(
  accept: string | undefined,
  offers: readonly [T, ...T[]],
): T {
  const ranges = rangesOf(accept ?? '*/*')
  let best: T = offers[0]
  let bestRank = 0
  for (const offer of offers) {
    const rank = rankOf(offer, ranges)
    if (rank > bestRank) {
      best = offer
      bestRank = rank
    }
  }
  return best
}

function rangesOf(accept: string): Range[] {
  return accept
    .split(',', maxRanges)
    .map((part) => {
      const [type = '', ...parameters] = part.split(';').map((one) => one.trim().toLowerCase())
      const weight = parameters.find((one) => one.startsWith('q='))?.slice(2)
      const valid = weight === undefined || /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(weight)
      return { type, quality: valid ? Number(weight ?? 1) : 0 }
    })
    .filter(({ type }) => type.includes('/'))
}

// Quality first; of equal ones the type that was named rather than covered by a wildcard.
function rankOf(offer: string, ranges: readonly Range[]): number {
  const [major] = offer.split('/')
  for (const [specificity, type] of [offer, `${major}/*`, '*/*'].entries()) {
    const range = ranges.find((one) => one.type === type)
    if (range) return range.quality && range.quality * 10_000 + 2 - specificity
  }
  return 0
}
