import type { Area } from './areas.ts'
import type { Text } from './file-edit.ts'
import type { Handle } from './handles.ts'
import { rowsOf } from './rows.ts'

/** An option of `server.attach`, and whose it is. */
export interface Part {
  readonly area: Area
  readonly text: string
}

const optionNames = { log: 'logger', trace: 'tracing', metrics: 'metrics' } as const

/**
 * What the server is given of a package.
 * @param namespace - where the server has to watch the requests, the package that does
 */
export function partOf(
  area: 'log' | 'trace' | 'metrics',
  { name, isPromise }: Handle,
  namespace: string | undefined,
): Part {
  const option = optionNames[area]
  if (!isPromise) return { area, text: option === name ? option : `${option}: ${name}` }
  const members = [
    ...(namespace === undefined ? [] : [`http: ${namespace}.http`]),
    ...(area === 'metrics'
      ? [`handler: async (req, res) => (await ${name}).handler(req, res)`]
      : []),
    `shutdown: async () => (await ${name}).shutdown()`,
  ]
  return { area, text: `${option}: { ${members.join(', ')} }` }
}

/**
 * The options as the file shows them: on one line where they are few, or in rows. The first one
 * continues the line of the call.
 */
export function attachOptions(parts: readonly Part[]): Text {
  const oneLine = `{ ${parts.map(({ text }) => text).join(', ')} }`
  if (oneLine.length <= 60) return [{ area: 'server', text: oneLine }]
  return [{ area: 'server', text: '{' }, ...rowsOf(parts), { area: 'server', text: '}' }]
}
