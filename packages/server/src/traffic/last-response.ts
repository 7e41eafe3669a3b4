import type { ServerResponse } from 'node:http'

type Arguments = readonly unknown[]
type WriteHead = (...args: Arguments) => ServerResponse

/**
 * Decides about a response when its header is written, and not before: until then, handlers and
 * proxies copy, remove and overwrite headers.
 *
 * @param isLast - whether the response is to end its connection
 * @param onClose - called when its header has said so
 */
export function closeWhenLast(
  res: ServerResponse,
  isLast: () => boolean,
  onClose: () => void,
): void {
  const writeHead = res.writeHead as WriteHead
  res.writeHead = ((...args: Arguments) => {
    // 101 needs its own `Connection` header.
    if (Number(args[0]) < 200 || !isLast()) return writeHead.apply(res, args as unknown[])
    const result = writeHead.apply(res, withClose(res, args))
    onClose()
    return result
  }) as ServerResponse['writeHead']
}

/** The arguments of `writeHead`, with one `Connection: close` and no other value of it. */
function withClose(res: ServerResponse, args: Arguments): unknown[] {
  const [status, ...rest] = args
  const reason = typeof rest[0] === 'string' ? [rest.shift()] : []
  if (rest[0] === undefined && rest.length > 1) rest.shift()
  const [headers] = rest
  if (typeof headers !== 'object' || headers === null) {
    res.setHeader('Connection', 'close')
    return [status, ...reason]
  }
  return [status, ...reason, closed(headers)]
}

function closed(headers: object): unknown {
  if (!Array.isArray(headers)) {
    const kept = Object.entries(headers).filter(([name]) => !isConnection(name))
    return Object.fromEntries([...kept, ['Connection', 'close']])
  }
  if (Array.isArray(headers[0])) {
    return [...headers.filter(([name]) => !isConnection(name)), ['Connection', 'close']]
  }
  const kept = headers.filter((_, index) => !isConnection(headers[index - (index % 2)]))
  return [...kept, 'Connection', 'close']
}

const isConnection = (name: unknown) => String(name).toLowerCase() === 'connection'
