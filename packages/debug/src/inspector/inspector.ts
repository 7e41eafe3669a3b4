import type { Session } from 'node:inspector'
import { DebugError } from '../errors.ts'

/** Connects to the V8 of this thread. Opens no port. */
export async function connect(): Promise<Session> {
  try {
    // Loaded on first use: importing it fails in a Node.js that was built without an inspector.
    const { Session } = await import('node:inspector')
    const session = new Session()
    session.connect()
    return session
  } catch (cause) {
    const hint = process.permission
      ? 'Node runs with --permission, and only Node 24 and later have --allow-inspector to permit it'
      : 'this Node has no inspector'
    throw new DebugError('ERR_DEBUG_UNAVAILABLE', `no profiles: ${hint}`, { cause })
  }
}

/** Calls one method of the inspector protocol. */
export function call<T = object>(session: Session, method: string, params?: object): Promise<T> {
  return new Promise((resolve, reject) => {
    session.post(method, params, (error, result) => {
      if (error) reject(new Error(`${method}: ${error.message}`, { cause: error }))
      else resolve(result as T)
    })
  })
}
