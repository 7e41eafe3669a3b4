import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff'

/** A unified diff, as `git apply` takes it; in colour where the output is a terminal. */
export function patch(
  changes: readonly { readonly path: string; readonly before: string; readonly after: string }[],
  isColoured: boolean = process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined,
): string {
  const text = changes
    .map(({ path, before, after }) =>
      createTwoFilesPatch(`a/${path}`, `b/${path}`, before, after, undefined, undefined, {
        context: 3,
        headerOptions: FILE_HEADERS_ONLY,
      }),
    )
    .join('')
  return isColoured ? text.split('\n').map(coloured).join('\n') : text
}

const inColour = (code: number, line: string): string => `\u001B[${code}m${line}\u001B[0m`

function coloured(line: string): string {
  if (/^(---|\+\+\+) /.test(line)) return inColour(1, line)
  if (line.startsWith('+')) return inColour(32, line)
  if (line.startsWith('-')) return inColour(31, line)
  return line.startsWith('@@') ? inColour(36, line) : line
}
