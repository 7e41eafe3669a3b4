export type { Denied } from './answer.ts'
export { type Api, create, type SecurityOptions, type Service } from './api.ts'
export { type ApiKeyOptions, type ApiKeyStore, apiKey } from './api-key.ts'
export type { AuditRow } from './audit.ts'
export { type BasicOptions, type BasicUser, basic, type StoredUser } from './basic.ts'
export { SecurityError, type SecurityErrorCode } from './errors.ts'
export type { FailureLimitOptions } from './failures.ts'
export { type Guard, handler, type Middleware, type Operation } from './guard.ts'
export type { JwtAlgorithm, JwtIssuer } from './issuer.ts'
export { type JwtOptions, jwt } from './jwt.ts'
export {
  type ApiKeyRecord,
  type IssueApiKeyOptions,
  type IssuedApiKey,
  issueApiKey,
  type RotateApiKeyOptions,
  rotateApiKey,
} from './key-format.ts'
export type { Jwk } from './key-hygiene.ts'
export { type HashPasswordOptions, hashPassword, verifyPassword } from './password.ts'
export {
  type AllOf,
  type AnyOf,
  allOf,
  anyOf,
  type NoSecurity,
  noSecurity,
  type Policy,
} from './policy.ts'
export { type Principal, principal } from './principal.ts'
export type { RemoteKeysOptions } from './remote-keys.ts'
export type { Report, ReportListener } from './report.ts'
export type { Scheme, SchemePolicy } from './scheme.ts'
