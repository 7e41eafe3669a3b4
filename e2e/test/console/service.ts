import { fileURLToPath } from 'node:url'
import { startNode } from '@clew/testing'

/** Appears in nothing that the console shows, wherever it was put. */
export const canary = 'canary4f1c93be77'

export interface Service {
  /** Of the service itself. */
  readonly url: string
  /** Of the admin listener, with `/debug` below it. */
  readonly admin: string
  readonly key: string
  /** Asks the service, and reads the answer. */
  ask(path: string, init?: RequestInit): Promise<number>
  /** Asks the console for JSON. */
  panel(path: string): Promise<any>
  stop(): Promise<void>
}

/** Starts the service in a process of its own, on the built packages. */
export async function startService(): Promise<Service> {
  const file = fileURLToPath(new URL('service.js', import.meta.url))
  const child = startNode(file, [`--token=${canary}`, canary], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    env: { SERVICE_SECRET: canary, OTHER_SETTING: canary },
  })
  const [line] = await child.until(/^\{.*\}$/m)
  const { url, admin, key } = JSON.parse(line)
  return {
    url,
    admin,
    key,
    async ask(path, init = {}) {
      const headers = { 'x-api-key': key, ...(init.headers as Record<string, string>) }
      const answer = await fetch(url + path, { ...init, headers })
      await answer.arrayBuffer()
      return answer.status
    },
    panel: async (path) => (await fetch(`${admin}/debug/${path}`)).json(),
    async stop() {
      child.kill()
      await child.exit
    },
  }
}
