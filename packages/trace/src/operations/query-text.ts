const maxLength = 4096

const comment = String.raw`\/\*[\s\S]*?(?:\*\/|$)|--[^\n]*`
const hashComment = String.raw`#[^\n]*`
const dollarQuoted = String.raw`\$(\w*)\$[\s\S]*?(?:\$\1\$|$)`
const escaped = (quote: string) =>
  String.raw`${quote}(?:${quote}${quote}|\\[\s\S]|[^${quote}\\])*(?:${quote}|$)`
const plain = (quote: string) => `${quote}(?:${quote}${quote}|[^${quote}])*(?:${quote}|$)`
// Whether the backslash is an escape is not known: where it matters, the rest is taken.
const unsure = (quote: string) =>
  String.raw`${quote}(?:${quote}${quote}|\\[^${quote}]|[^${quote}\\])*(?:${quote}|\\${quote}[\s\S]*|\\?$)`
const number = String.raw`(?<![\w$.])[-+]?(?:0x[\da-f]+|\d+(?:\.\d+)?(?:e[-+]?\d+)?)\b`

/** What a text consists of, besides words: comments go, literals become `?`, names stay. */
interface Dialect {
  readonly tokens: RegExp
  /** Whether what is in double quotes is a name, and no string. */
  readonly hasQuotedNames: boolean
}

const tokensOf = (...parts: readonly string[]) => new RegExp(parts.join('|'), 'gi')

const standard: Dialect = {
  tokens: tokensOf(
    comment,
    dollarQuoted,
    `(?<![\\w$])e${escaped("'")}`,
    `[xbn]?${plain("'")}`,
    plain('"'),
    number,
  ),
  hasQuotedNames: true,
}
const mysql: Dialect = {
  tokens: tokensOf(comment, hashComment, `[xbn]?${escaped("'")}`, escaped('"'), number),
  hasQuotedNames: false,
}
const unknown: Dialect = {
  tokens: tokensOf(comment, dollarQuoted, `[exbn]?${unsure("'")}`, unsure('"'), number),
  hasQuotedNames: false,
}

// By `db.system.name` of the semantic conventions.
const dialects: ReadonlyMap<string, Dialect> = new Map([
  ...['postgresql', 'cockroachdb', 'sqlite', 'microsoft.sql_server', 'oracle.db', 'ibm.db2'].map(
    (system) => [system, standard] as const,
  ),
  ['mysql', mysql],
  ['mariadb', mysql],
])

/**
 * The text of a query with its literals replaced by `?`, since they are data. Parameters (`$1`, `?`)
 * stay. For SQL; a literal that is not closed takes the rest. What is a literal depends on the
 * system: where that is not known, more is replaced.
 */
export function maskedText(text: string, system = 'postgresql'): string {
  const { tokens, hasQuotedNames } = dialects.get(system) ?? unknown
  return text
    .slice(0, maxLength)
    .replace(tokens, (found) => {
      if (/^(?:\/\*|--|#)/.test(found)) return ''
      return hasQuotedNames && found.startsWith('"') ? found : '?'
    })
    .trim()
}

const summaryForm =
  /^\s*(?:(select)\b[\s\S]*?\bfrom|(insert)\s+into|(delete)\s+from|(update)|(create|alter|drop|truncate)\s+table(?:\s+if(?:\s+not)?\s+exists)?)\s+(?:only\s+)?"?([\w.]{1,100})/i

/**
 * What a query does, and to which table: `SELECT orders`. Else its first word.
 * @param masked - the text without its literals
 */
export function summaryOf(masked: string): string | undefined {
  const found = summaryForm.exec(masked)
  if (found === null) return /^[a-z]{1,32}\b/i.exec(masked)?.[0].toUpperCase()
  const verb = found.slice(1, 6).find((each) => each !== undefined)
  return `${verb?.toUpperCase()} ${found[6]}`
}
