/** A name of a variable, a group, a prefix: letters, digits and `_`, no digit in front. */
export function isName(text: string, maxLength: number): boolean {
  if (text.length === 0 || text.length > maxLength || isDigit(text.charCodeAt(0))) return false
  for (let index = 0; index < text.length; index++) {
    if (sortOf(text.charCodeAt(index)) === undefined) return false
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
  let before: Sort = 'joint'
  for (let index = 0; index < name.length; index++) {
    const sort = sortOf(name.charCodeAt(index))
    if (sort === undefined) return undefined
    if (sort !== 'joint') {
      // At the A of `httpAddr`, and of `HTTPAddr`.
      const begins =
        sort === 'upper' && (before !== 'upper' || sortOf(name.charCodeAt(index + 1)) === 'lower')
      if (snake !== '' && (begins || before === 'joint')) snake += '_'
      snake += name[index]
    }
    before = sort
  }
  return snake === '' ? undefined : snake.toUpperCase()
}

type Sort = 'lower' | 'upper' | 'digit' | 'joint'

function sortOf(code: number): Sort | undefined {
  if (code >= 0x61 && code <= 0x7a) return 'lower'
  if (code >= 0x41 && code <= 0x5a) return 'upper'
  if (isDigit(code)) return 'digit'
  return code === 0x5f ? 'joint' : undefined
}

export function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}
