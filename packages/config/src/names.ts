/** A name of a variable, a group, a prefix: letters, digits and `_`, no digit in front. */
export function isName(text: string, maxLength: number): boolean {
  if (text.length === 0 || text.length > maxLength || isDigit(text.charCodeAt(0))) return false
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (!isUpper(code) && !isLower(code) && !isDigit(code) && code !== underscore) return false
  }
  return true
}

/**
 * The words of a name, in upper case: `httpAddr`, `HTTPAddr`, `http_addr` → `HTTP_ADDR`; `s3Bucket` → `S3_BUCKET`.
 * `undefined` when there is no word, or something else than ASCII letters, digits and `_`.
 *
 * Letter by letter: compiling a regular expression takes longer than reading all names of a declaration.
 */
export function upperSnake(name: string): string | undefined {
  let snake = ''
  let last = underscore
  for (let index = 0; index < name.length; index++) {
    const code = name.charCodeAt(index)
    if (code !== underscore) {
      const upper = isUpper(code)
      if (!upper && !isLower(code) && !isDigit(code)) return undefined
      // At the A of `httpAddr`, and of `HTTPAddr`.
      const begins = upper && (!isUpper(last) || isLower(name.charCodeAt(index + 1)))
      if (snake !== '' && (begins || last === underscore)) snake += '_'
      snake += name[index]
    }
    last = code
  }
  return snake === '' ? undefined : snake.toUpperCase()
}

const underscore = 0x5f

function isUpper(code: number): boolean {
  return code >= 0x41 && code <= 0x5a
}

function isLower(code: number): boolean {
  return code >= 0x61 && code <= 0x7a
}

export function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}
