export type { DocumentOptions } from './documents/entry.ts'
export { envExample } from './documents/env-example.ts'
export { help } from './documents/help.ts'
export { jsonSchema } from './documents/json-schema.ts'
export { markdown } from './documents/markdown.ts'
export { ConfigError, type ConfigErrorCode, type Issue } from './errors.ts'
export type { Concealed, Kind, VariableOptions } from './kind.ts'
export {
  type Address,
  type AddressOptions,
  address,
  type TcpAddress,
  type UnixAddress,
} from './kinds/address.ts'
export { type BooleanOptions, boolean } from './kinds/boolean.ts'
export { type DurationOptions, duration } from './kinds/duration.ts'
export { type Json, type JsonOptions, json } from './kinds/json.ts'
export { type ListOptions, list } from './kinds/list.ts'
export { type MapOptions, map } from './kinds/map.ts'
export { type IntegerOptions, integer, type NumberOptions, number } from './kinds/number.ts'
export { type OneOfOptions, oneOf } from './kinds/one-of.ts'
export {
  type SchemaOptions,
  type StandardIssue,
  type StandardResult,
  type StandardSchema,
  schema,
} from './kinds/schema.ts'
export { type StringOptions, string } from './kinds/string.ts'
export { type UrlOptions, url } from './kinds/url.ts'
export { type LoadOptions, load } from './load.ts'
export { loadOrExit } from './load-or-exit.ts'
export { type SourceRow, sources } from './provenance.ts'
export { isSecret, type Secret, secret } from './secret.ts'
export type { Spec, Values } from './spec.ts'
export { type Report, type SecretWatcher, type WatchOptions, watch } from './watch.ts'
