import type { CallFrame } from '../inspector/v8-profiles.ts'
import { pathOfUrl } from './file-url.ts'
import { createSourceMaps } from './source-maps.ts'
import type { Frame, Place } from './stacks.ts'

export interface Places {
  /** The frame at the line where the function begins. */
  of(callFrame: CallFrame): Frame
  /** The frame at a line (counted from 1) of the generated code. */
  at(callFrame: CallFrame, line: number): Frame
}

/** Maps V8's call frames back to the source. Equal functions become the same `Place` object. */
export async function createPlaces(callFrames: Iterable<CallFrame>): Promise<Places> {
  const files = new Set<string>()
  for (const { url } of callFrames) {
    if (url.startsWith('file:') || url.startsWith('/')) files.add(url)
  }
  const maps = await createSourceMaps(files)
  const places = new Map<string, Place>()

  function placeOf(callFrame: CallFrame): Place {
    const { functionName, url, lineNumber, columnNumber } = callFrame
    const key = `${functionName}\n${url}\n${lineNumber}:${columnNumber}`
    const known = places.get(key)
    if (known) return known
    const original = maps.functionAt(url, lineNumber, columnNumber)
    const { file, line } = original ?? {
      file: fileOf(url, functionName),
      line: url === '' ? 0 : lineNumber + 1,
    }
    const name = (functionName && original?.name) || functionName || anonymous(file, line)
    const place: Place = { name, file, line }
    places.set(key, place)
    return place
  }

  const frameOf = (callFrame: CallFrame): Frame => {
    const place = placeOf(callFrame)
    return { place, line: place.line }
  }
  return {
    of: frameOf,
    at(callFrame, line) {
      const place = placeOf(callFrame)
      // A bundle has few lines: the line of the function says more than the line that ran.
      if (callFrame.url === '' || line === callFrame.lineNumber + 1) return frameOf(callFrame)
      if (!maps.has(callFrame.url)) return { place, line }
      const original = maps.lineAt(callFrame.url, line - 1)
      return { place, line: original?.file === place.file ? original.line : place.line }
    },
  }
}

/** Tools add up what has the same name, so that all anonymous functions would be one. */
const anonymous = (file: string, line: number) =>
  `(anonymous ${file.slice(file.lastIndexOf('/') + 1) || 'function'}:${line})`

function fileOf(url: string, functionName: string): string {
  // V8's own entries, such as (garbage collector) and (program), have no file.
  if (url === '') return functionName.startsWith('(') ? '' : '(native)'
  return pathOfUrl(url)
}
