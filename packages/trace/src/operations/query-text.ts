const maxLength = 4096

/**
 * The text of a query with its literals replaced by `?`, since they are data. Parameters (`$1`, `?`)
 * stay. For SQL; a literal that is not closed takes the rest.
 */
export function maskedText(text: string): string {
  return text
    .slice(0, maxLength)
    .replace(
      /(?:\/\*[\s\S]*?(?:\*\/|$)|--[^\n]*)|\$(\w*)\$[\s\S]*?(?:\$\1\$|$)|[eExXbBnN]?'(?:''|\\[\s\S]|[^'\\])*(?:'|$)|(?<![\w$.])[-+]?(?:0x[\da-f]+|\d+(?:\.\d+)?(?:e[-+]?\d+)?)\b/gi,
      (found) => (found.startsWith('/*') || found.startsWith('--') ? '' : '?'),
    )
    .trim()
}

const summaryForm =
  /^\s*(?:(select)\b[\s\S]*?\bfrom|(insert)\s+into|(delete)\s+from|(update)|(create|alter|drop|truncate)\s+table(?:\s+if(?:\s+not)?\s+exists)?)\s+(?:only\s+)?"?([\w.]{1,100})/i

/** What a query does, and to which table: `SELECT orders`. Else its first word. */
export function summaryOf(text: string): string | undefined {
  const masked = maskedText(text)
  const found = summaryForm.exec(masked)
  if (found === null) return /^[a-z]{1,32}\b/i.exec(masked)?.[0].toUpperCase()
  const verb = found.slice(1, 6).find((each) => each !== undefined)
  return `${verb?.toUpperCase()} ${found[6]}`
}
