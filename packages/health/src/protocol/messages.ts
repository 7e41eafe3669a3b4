// The messages of grpc.health.v1 in the wire format of Protocol Buffers: two small ones, which are
// not worth a library.

/** HealthCheckResponse.ServingStatus. */
export const servingStatus = { serving: 1, notServing: 2, serviceUnknown: 3 } as const

export type ServingStatus = (typeof servingStatus)[keyof typeof servingStatus]

/** The wire types of fields. */
const wire = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const

/** HealthCheckRequest: the service, field 1. @throws RangeError malformed */
export function decodeService(message: Buffer): string {
  let service = ''
  let at = 0
  const varint = () => {
    let value = 0
    for (let factor = 1; factor < 2 ** 49; factor *= 128) {
      const byte = message.readUInt8(at++)
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return value
    }
    throw new RangeError('a malformed HealthCheckRequest')
  }
  while (at < message.length) {
    const tag = varint()
    const type = tag % 8
    if (type === wire.varint) varint()
    else {
      const length = type === wire.bytes ? varint() : { [wire.fixed64]: 8, [wire.fixed32]: 4 }[type]
      if (length === undefined || at + length > message.length) {
        throw new RangeError('a malformed HealthCheckRequest')
      }
      if (tag === field(1, wire.bytes)) service = message.toString('utf8', at, at + length)
      at += length
    }
  }
  return service
}

export function encodeService(service: string): Buffer {
  return service === '' ? Buffer.alloc(0) : bytesField(1, Buffer.from(service))
}

/** HealthCheckResponse: the status, field 1. */
export function encodeStatus(status: ServingStatus): Buffer {
  return Buffer.from([field(1, wire.varint), status])
}

export function decodeStatus(message: Buffer): number {
  return message[0] === field(1, wire.varint) ? (message[1] ?? 0) : 0
}

/** HealthListResponse: a map from the service to its HealthCheckResponse, field 1. */
export function encodeStatuses(statuses: ReadonlyMap<string, ServingStatus>): Buffer {
  return Buffer.concat(
    [...statuses].map(([service, status]) =>
      bytesField(1, Buffer.concat([encodeService(service), bytesField(2, encodeStatus(status))])),
    ),
  )
}

const field = (number: number, type: number) => number * 8 + type

function bytesField(number: number, content: Buffer): Buffer {
  return Buffer.concat([
    Buffer.from([field(number, wire.bytes), ...encodeVarint(content.length)]),
    content,
  ])
}

function encodeVarint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...encodeVarint(value >>> 7)]
}
