import { connect } from 'node:net'

const request = 'GET /orders/7 HTTP/1.1\r\nHost: bench\r\n\r\n'

/** Sends `each` requests over each of so many connections, one after the other on each. */
export async function sendRequests(
  port: number,
  { connections, each }: { readonly connections: number; readonly each: number },
): Promise<void> {
  await Promise.all(Array.from({ length: connections }, () => sendOver(port, each)))
}

function sendOver(port: number, count: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let left = count
    const socket = connect(port, '127.0.0.1', () => socket.write(request))
    socket.on('error', reject).on('data', () => {
      left--
      if (left > 0) socket.write(request)
      else socket.end(resolve)
    })
  })
}
