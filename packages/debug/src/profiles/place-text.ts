import type { Place } from './stacks.ts'

/**
 * A place on one line: `fibonacci /app/math.js:3`. A computed function name may contain any
 * character.
 */
export function placeText({ name, file, line }: Place, gap = ' '): string {
  const where = file === '' ? '' : `${gap}${file}${line > 0 ? `:${line}` : ''}`
  return `${name}${where}`.replace(/[\u0000-\u001f\u007f\u2028\u2029]/g, '?')
}
