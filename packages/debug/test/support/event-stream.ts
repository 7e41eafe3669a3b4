/** Reads server-sent events one by one. */
export interface EventStream {
  readonly status: number
  readonly headers: Headers
  /** The next event that has data; undefined if the stream has ended. */
  next(): Promise<{ readonly id: string; readonly data: any } | undefined>
  close(): void
}

export async function openStream(
  url: string,
  headers: Record<string, string> = {},
): Promise<EventStream> {
  const controller = new AbortController()
  const answer = await fetch(url, { headers, signal: controller.signal })
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  return {
    status: answer.status,
    headers: answer.headers,
    async next() {
      for (;;) {
        const end = text.indexOf('\n\n')
        if (end >= 0) {
          const event = text.slice(0, end)
          text = text.slice(end + 2)
          const id = /^id: (.*)$/m.exec(event)?.[1] ?? ''
          const data = /^data: (.*)$/m.exec(event)?.[1]
          if (data !== undefined) return { id, data: JSON.parse(data) }
        } else {
          const { value, done } = await reader.read()
          if (done) return undefined
          text += value
        }
      }
    },
    close: () => controller.abort(),
  }
}
