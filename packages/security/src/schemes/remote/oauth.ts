/** What is used of oauth4webapi, which has no CommonJS form: as with jose, the CommonJS build has a copy. */
export {
  type AuthorizationServer,
  allowInsecureRequests,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  customFetch,
  discoveryRequest,
  introspectionRequest,
  PrivateKeyJwt,
  processDiscoveryResponse,
  processIntrospectionResponse,
} from 'oauth4webapi'
