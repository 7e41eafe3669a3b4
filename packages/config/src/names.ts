/** The words of a camelCase name: `httpAddr`, `HTTPAddr`, `http_addr` → http, addr; `s3Bucket` → s3, bucket. */
export function wordsOf(name: string): readonly string[] {
  if (/^[a-z0-9]+$/.test(name)) return [name]
  return name
    .replace(/([a-z0-9])([A-Z])|([A-Z])(?=[A-Z][a-z])/g, '$1$3_$2')
    .toLowerCase()
    .split('_')
    .filter((word) => word !== '')
}

/** The variable of the words of a path: db, max, retries → `DB_MAX_RETRIES`. */
export function variableOf(words: readonly string[]): string {
  return words.join('_').toUpperCase()
}

/** The command-line option, without the dashes: http, addr → `http-addr`. */
export function optionOf(words: readonly string[]): string {
  return words.join('-')
}
