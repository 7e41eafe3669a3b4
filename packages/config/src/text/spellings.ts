/** A word as it is written, in lower case, in upper case, and capitalised. */
export function spellings(word: string): readonly string[] {
  const [lower, upper] = [word.toLowerCase(), word.toUpperCase()]
  return [...new Set([word, lower, upper, upper.charAt(0) + lower.slice(1)])]
}

/**
 * Each spelling of these words with its word. A word as it is written is itself; another spelling
 * that two words share is neither.
 */
export function spellingsOf<T extends string>(words: Iterable<T>): ReadonlyMap<string, T> {
  const all = [...words]
  const exact = new Set<string>(all)
  const spelled = new Map<string, T>(all.map((word) => [word, word]))
  const shared = new Set<string>()
  for (const word of all) {
    for (const spelling of spellings(word)) {
      if (exact.has(spelling)) continue
      if (spelled.has(spelling)) shared.add(spelling)
      else spelled.set(spelling, word)
    }
  }
  for (const spelling of shared) spelled.delete(spelling)
  return spelled
}
