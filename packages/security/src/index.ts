export type { Report, ReportListener } from '@clew/internal/reports/reporter'
export type { Middleware } from '@clew/internal/requests/middleware'
export {
  type Api,
  create,
  type OperationOptions,
  type ProtectOptions,
  type ResourceMetadata,
  type Service,
} from './api/api.ts'
export type { SecurityOptions } from './api/options.ts'
export { SecurityError, type SecurityErrorCode } from './errors.ts'
export type { Denied } from './guard/answer.ts'
export { principal } from './guard/authenticated.ts'
export { type ConnectionFacts, fetchHandler } from './guard/fetch.ts'
export { type Decision, type Guard, handler, type Operation } from './guard/guard.ts'
export { type UpgradeHandler, upgrade } from './guard/upgrade.ts'
export { fetchInputs } from './inputs/fetch.ts'
export type { ValidateOptions } from './inputs/options.ts'
export type { InputSchemas, Inputs } from './inputs/parts.ts'
export type { StandardIssue, StandardResult, StandardSchema } from './inputs/standard-schema.ts'
export { type InputsOf, inputs, type Validator } from './inputs/validator.ts'
export type { FailureLimitOptions } from './limits/options.ts'
export type { RateLimitOptions, RateLimitStore } from './limits/rate-limit-options.ts'
export type { IoRedisClient, NodeRedisClient } from './limits/redis.ts'
export { type RedisFailuresOptions, redisFailures } from './limits/redis-failures.ts'
export { type RedisRateLimitsOptions, redisRateLimits } from './limits/redis-rate-limits.ts'
export type { FailureStore, StoreAnswer, WindowLimit } from './limits/store.ts'
export type { OpenApiDocument, OpenApiOptions } from './metadata/openapi.ts'
export type { ProtectedResourceOptions } from './metadata/protected-resource.ts'
export {
  type AllOf,
  type AnyOf,
  allOf,
  anyOf,
  type CredentialPolicy,
  type NoSecurity,
  noSecurity,
  type Policy,
} from './policy/policy.ts'
export type { Principal, PrincipalsOf } from './policy/principal.ts'
export type { Requirement } from './policy/requirement.ts'
export type { Scheme, SchemePolicy } from './policy/scheme.ts'
export type { HeaderFields, RequestFacts } from './requests/facts.ts'
export type { AuditRow } from './routes/audit-row.ts'
export { type ApiKeyOptions, apiKey } from './schemes/api-key/api-key.ts'
export {
  type IssueApiKeyOptions,
  type IssuedApiKey,
  issueApiKey,
  type RotateApiKeyOptions,
  rotateApiKey,
} from './schemes/api-key/key-record.ts'
export type { ApiKeyRecord, PreviousKey } from './schemes/api-key/record.ts'
export type { ApiKeyRepository, ApiKeyStore } from './schemes/api-key/store.ts'
export { memoryApiKeys } from './schemes/api-key/stores/memory.ts'
export {
  type PostgresApiKeysOptions,
  type PostgresClient,
  postgresApiKeys,
} from './schemes/api-key/stores/postgres.ts'
export { type RedisApiKeysOptions, redisApiKeys } from './schemes/api-key/stores/redis.ts'
export { type BasicOptions, basic } from './schemes/basic/basic.ts'
export {
  type HashPasswordOptions,
  hashPassword,
  verifyPassword,
} from './schemes/basic/password.ts'
export type { BasicUser, StoredUser } from './schemes/basic/users.ts'
export { type Identity, type SchemeOptions, scheme } from './schemes/custom/custom.ts'
export type { SchemeRequest } from './schemes/custom/scheme-request.ts'
export type { JwtAlgorithm, PublicKeyAlgorithm } from './schemes/jws/algorithms.ts'
export type { Jwk } from './schemes/jws/key-set.ts'
export type { JwtIssuer } from './schemes/jwt/issuer-options.ts'
export { type JwtOptions, jwt } from './schemes/jwt/jwt.ts'
export { type Auth0Options, auth0 } from './schemes/jwt/profiles/auth0.ts'
export { type CognitoOptions, cognito } from './schemes/jwt/profiles/cognito.ts'
export { type EntraOptions, entra } from './schemes/jwt/profiles/entra.ts'
export { type GoogleOptions, google } from './schemes/jwt/profiles/google.ts'
export { type KeycloakOptions, keycloak } from './schemes/jwt/profiles/keycloak.ts'
export type { ProfileKeys } from './schemes/jwt/profiles/profile.ts'
export { type Rfc9068Options, rfc9068 } from './schemes/jwt/profiles/rfc9068.ts'
export type { RemoteKeysOptions } from './schemes/jwt/remote-keys.ts'
export type { OAuth2Flow, OAuth2Flows } from './schemes/oauth2/flows.ts'
export type {
  IntrospectionClient,
  IntrospectionOptions,
} from './schemes/oauth2/introspection-options.ts'
export { type OAuth2Options, oauth2 } from './schemes/oauth2/oauth2.ts'
export type { DispatcherLike } from './schemes/remote/client.ts'
export type { ClaimValue, ClaimValues } from './schemes/token/claim-values.ts'
export type { ClaimPath } from './schemes/token/claims.ts'
export type { DpopOptions } from './schemes/token/sender/dpop-options.ts'
export type { ProofStore } from './schemes/token/sender/proof-store.ts'
export { type RedisProofsOptions, redisProofs } from './schemes/token/sender/redis-proofs.ts'
export type { ClaimsPredicate, TokenPolicy } from './schemes/token/token-policy.ts'
export type { TokenPrincipal } from './schemes/token/token-principal.ts'
export type { TokenScheme } from './schemes/token/token-scheme.ts'
export type { HstsOptions } from './transport/hsts.ts'
