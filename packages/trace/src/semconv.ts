// Every attribute name this package writes, from OpenTelemetry semantic conventions 1.45 (HTTP and RPC: stable).

export const HTTP_REQUEST_METHOD = 'http.request.method'
export const HTTP_REQUEST_METHOD_ORIGINAL = 'http.request.method_original'
export const HTTP_RESPONSE_STATUS_CODE = 'http.response.status_code'
export const HTTP_ROUTE = 'http.route'
export const URL_PATH = 'url.path'
export const URL_QUERY = 'url.query'
export const URL_SCHEME = 'url.scheme'
export const URL_FULL = 'url.full'
export const SERVER_ADDRESS = 'server.address'
export const SERVER_PORT = 'server.port'
export const CLIENT_ADDRESS = 'client.address'
export const NETWORK_PEER_ADDRESS = 'network.peer.address'
export const NETWORK_PEER_PORT = 'network.peer.port'
export const NETWORK_PROTOCOL_VERSION = 'network.protocol.version'
export const USER_AGENT_ORIGINAL = 'user_agent.original'
export const RPC_SYSTEM_NAME = 'rpc.system.name'
export const RPC_METHOD = 'rpc.method'
export const RPC_STATUS_CODE = 'rpc.status_code'
export const ERROR_TYPE = 'error.type'

/** Ours: the service and the method that the request was for, as a security policy names them. */
export const API_SERVICE = 'api.service'
export const API_METHOD = 'api.method'
/** Ours: the client went away before the response was complete. */
export const REQUEST_ABORTED = 'clew.request.aborted'

const methods = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'CONNECT',
  'OPTIONS',
  'TRACE',
  'PATCH',
  'QUERY',
])

/** The method if the conventions know it, else `_OTHER`: a method is the client's text, and must not make span names. */
export function knownMethod(method: string): string {
  return methods.has(method) ? method : '_OTHER'
}
