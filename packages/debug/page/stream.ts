import { base } from './api.ts'
import type { Update } from './types.ts'

export type Connection = 'connecting' | 'live' | 'paused' | { readonly problem: string }

interface Listeners {
  onUpdate(update: Update): void
  onConnection(connection: Connection): void
}

const firstPauseMs = 1000
const longestPauseMs = 15_000
/** The server speaks each second. */
const silenceMs = 10_000

/**
 * Reads the event stream, and takes it up where it broke off. Not an `EventSource`: that one does not
 * say why it is refused.
 */
export function follow({ onUpdate, onConnection }: Listeners): void {
  let lastId: string | undefined
  let lastInstance: string | undefined
  let pauseMs = firstPauseMs
  let controller: AbortController | undefined
  let timer: ReturnType<typeof setTimeout> | undefined

  async function connect(): Promise<void> {
    clearTimeout(timer)
    const own = new AbortController()
    controller = own
    onConnection('connecting')
    try {
      await read(own)
      again('the stream has ended')
    } catch (error) {
      if (own.signal.reason !== 'hidden')
        again(error instanceof Error ? error.message : 'no answer')
    }
  }

  function again(problem: string): void {
    onConnection({ problem })
    timer = setTimeout(() => void connect(), pauseMs * (0.8 + Math.random() * 0.4))
    pauseMs = Math.min(longestPauseMs, pauseMs * 2)
  }

  async function read(own: AbortController): Promise<void> {
    const headers: Record<string, string> = { Accept: 'text/event-stream' }
    if (lastId !== undefined) headers['Last-Event-ID'] = lastId
    const answer = await fetch(`${base}/stream`, { headers, signal: own.signal })
    if (!answer.ok || answer.body === null) {
      const { error } = (await answer.json().catch(() => ({}))) as { readonly error?: string }
      throw new Error(error ?? `the answer is ${answer.status}`)
    }
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader()
    let text = ''
    let silence: ReturnType<typeof setTimeout> | undefined
    try {
      for (;;) {
        clearTimeout(silence)
        silence = setTimeout(() => own.abort(new Error('the process does not answer')), silenceMs)
        const { value, done } = await reader.read()
        if (done) return
        const events = (text + value).split('\n\n')
        text = events.pop() ?? ''
        for (const event of events) take(event)
      }
    } finally {
      clearTimeout(silence)
    }
  }

  function take(event: string): void {
    const data: string[] = []
    for (const line of event.split('\n')) {
      if (line.startsWith('id: ')) lastId = line.slice(4)
      else if (line.startsWith('data: ')) data.push(line.slice(6))
    }
    if (data.length === 0) return
    pauseMs = firstPauseMs
    onConnection('live')
    const [instance] = (lastId ?? '').split('-')
    const restarted = instance !== lastInstance && lastInstance !== undefined
    lastInstance = instance
    onUpdate({ ...(JSON.parse(data.join('\n')) as Update), restarted })
  }

  // A page that nobody sees costs the process nothing.
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) {
      clearTimeout(timer)
      controller?.abort('hidden')
      onConnection('paused')
    } else void connect()
  })
  if (document.hidden) onConnection('paused')
  else void connect()
}
