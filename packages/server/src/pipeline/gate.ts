import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http'

type RequestListener = (req: IncomingMessage, res: ServerResponse) => void

/** The events of Node's server that begin a request. */
export type RequestEvent = 'request' | 'checkContinue' | 'checkExpectation'

/**
 * Lets each request of a server pass `enter` before the listeners of the application, in whatever
 * order they are added: socket.io takes those that are there for its own.
 *
 * @param enter - creates what runs for an event, from what calls its listeners
 */
export function gateRequests(
  http: HttpServer,
  enter: (callListeners: RequestListener) => RequestListener,
): void {
  const emit = http.emit as (...args: unknown[]) => boolean
  const entrances = new Map<string, RequestListener>()
  const entranceOf = (event: RequestEvent) => {
    const entrance = enter((req, res) => void emit.call(http, event, req, res))
    entrances.set(event, entrance)
    return entrance
  }
  const onRequest = entranceOf('request')
  http.emit = ((event: string, ...args: unknown[]): boolean => {
    if (event === 'request') {
      onRequest(args[0] as IncomingMessage, args[1] as ServerResponse)
      return true
    }
    if (event === 'checkContinue' || event === 'checkExpectation') {
      const entrance = entrances.get(event) ?? entranceOf(event)
      entrance(args[0] as IncomingMessage, args[1] as ServerResponse)
      return true
    }
    return emit.call(http, event, ...args)
  }) as HttpServer['emit']
}
