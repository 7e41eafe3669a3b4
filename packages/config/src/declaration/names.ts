/** Whether a text is a valid name: letters, digits and `_`, not starting with a digit. */
export function isName(text: string, maxLength: number): boolean {
  if (text.length === 0 || text.length > maxLength || isDigit(text.charCodeAt(0))) return false
  for (let index = 0; index < text.length; index++) {
    if (classOf(text.charCodeAt(index)) === undefined) return false
  }
  return true
}

/**
 * A name in upper snake case: `httpAddr`, `HTTPAddr`, `http_addr` → `HTTP_ADDR`; `s3Bucket` →
 * `S3_BUCKET`. `undefined` if it has no letter or digit, or anything but ASCII letters, digits and
 * `_`.
 *
 * Reads letter by letter: compiling a regular expression takes longer than converting all names of
 * a declaration.
 */
export function upperSnake(name: string): string | undefined {
  let snake = ''
  let before: CharacterClass = 'separator'
  for (let index = 0; index < name.length; index++) {
    const characterClass = classOf(name.charCodeAt(index))
    if (characterClass === undefined) return undefined
    if (characterClass !== 'separator') {
      // True at the A of `httpAddr` and of `HTTPAddr`.
      const startsWord =
        characterClass === 'upper' &&
        (before !== 'upper' || classOf(name.charCodeAt(index + 1)) === 'lower')
      if (snake !== '' && (startsWord || before === 'separator')) snake += '_'
      snake += name[index]
    }
    before = characterClass
  }
  return snake === '' ? undefined : snake.toUpperCase()
}

type CharacterClass = 'lower' | 'upper' | 'digit' | 'separator'

function classOf(code: number): CharacterClass | undefined {
  if (code >= 0x61 && code <= 0x7a) return 'lower'
  if (code >= 0x41 && code <= 0x5a) return 'upper'
  if (isDigit(code)) return 'digit'
  return code === 0x5f ? 'separator' : undefined
}

export function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}
