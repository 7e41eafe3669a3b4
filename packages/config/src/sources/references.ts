/** The raw text of a value in a `.env` file that may contain `${NAME}`. */
export interface Template {
  readonly text: string
  /** In double quotes, where a backslash has more meanings. */
  readonly quoted: boolean
}

/** A part of a template: a text, or a reference with its default. */
export type Part = string | { readonly name: string; readonly fallback: string | undefined }

const invalid = `has a reference that is not \${NAME} or \${NAME:-default}`
const reference = /^([A-Za-z_][A-Za-z0-9_]{0,255})(?::-([\s\S]*))?$/
const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  '"': '"',
  '\\': '\\',
}

/** The value of a text in double quotes. */
export function unescaped(text: string): string {
  return text.replace(/\\([\s\S])/g, (all, character: string) => escapes[character] ?? all)
}

/**
 * The parts of a template, or what is wrong with it. `\$` is a dollar sign, as is one without a
 * brace.
 */
export function partsOf({ text, quoted }: Template): readonly Part[] | string {
  const parts: Part[] = []
  let plain = ''
  let index = 0
  while (index < text.length) {
    const [character = '', next = ''] = [text[index], text[index + 1]]
    if (character === '\\' && next !== '') {
      const meaning = next === '$' ? '$' : quoted ? escapes[next] : undefined
      plain += meaning ?? character + (quoted ? next : '')
      index += meaning !== undefined || quoted ? 2 : 1
    } else if (character === '$' && next === '{') {
      const end = text.indexOf('}', index)
      const [, name, fallback] = reference.exec(text.slice(index + 2, Math.max(end, 0))) ?? []
      // Without a brace at the end, there is no name either.
      if (name === undefined || fallback?.includes('${')) return invalid
      parts.push(plain, { name, fallback: quoted ? fallback && unescaped(fallback) : fallback })
      plain = ''
      index = end + 1
    } else {
      plain += character
      index++
    }
  }
  return [...parts, plain]
}
