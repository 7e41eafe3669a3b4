// Not node:net, which would be loaded only for this.

const label = /^(?!-)[A-Za-z0-9_-]{1,63}(?<!-)$/

/** A port in its canonical form: no sign, no leading zero. */
export function isPort(text: string): boolean {
  const port = Number(text)
  return String(port) === text && Number.isInteger(port) && port >= 0 && port <= 65_535
}

/** A host name or an IPv4 address. */
export function isHost(host: string): boolean {
  if (host.length > 253) return false
  const labels = host.split('.')
  // A last label of digits can only be an IPv4 address: 127.0.0.300 is not a name.
  if (/^[0-9]+$/.test(labels[labels.length - 1] ?? '')) return isIPv4(host)
  return labels.every((part) => label.test(part))
}

function isIPv4(text: string): boolean {
  const parts = text.split('.')
  return (
    parts.length === 4 &&
    parts.every((part) => /^(?:0|[1-9][0-9]{0,2})$/.test(part) && Number(part) < 256)
  )
}

export function isIPv6(text: string): boolean {
  const [, bare = ''] = /^([0-9A-Fa-f:.]{2,45})(%[A-Za-z0-9_.-]{1,32})?$/.exec(text) ?? []
  return bare !== '' && URL.canParse(`http://[${bare}]`)
}
