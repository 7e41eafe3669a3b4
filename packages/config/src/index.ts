export type { Report } from '@clew/internal/reports/reporter'
export type { Concealed, Kind, VariableOptions } from './declaration/kind.ts'
export type { Spec, Values } from './declaration/spec.ts'
export type { DocumentOptions } from './documents/entry.ts'
export { envExample } from './documents/env-example.ts'
export { help } from './documents/help.ts'
export { jsonSchema } from './documents/json-schema.ts'
export { markdown } from './documents/markdown.ts'
export { ConfigError, type ConfigErrorCode } from './issues/config-error.ts'
export type { Issue } from './issues/issue.ts'
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
export { type SchemaOptions, schema } from './kinds/schema.ts'
export type { StandardIssue, StandardResult, StandardSchema } from './kinds/standard-schema.ts'
export { type StringOptions, string } from './kinds/string.ts'
export { type UrlOptions, url } from './kinds/url.ts'
export { load } from './load/load.ts'
export { loadOrExit } from './load/load-or-exit.ts'
export { type SourceRow, sources } from './load/record.ts'
export type { LoadOptions } from './load/settings.ts'
export { type SecretWatcher, type WatchOptions, watch } from './load/watch.ts'
export { isSecret, type Secret, secret } from './values/secret.ts'
