// The names of all attributes that this package writes, from the OpenTelemetry semantic conventions
// 1.45 (HTTP, RPC and databases: stable; messaging: in development).

export const httpRequestMethod = 'http.request.method'
export const httpRequestMethodOriginal = 'http.request.method_original'
export const httpResponseStatusCode = 'http.response.status_code'
export const httpRoute = 'http.route'
export const urlPath = 'url.path'
export const urlQuery = 'url.query'
export const urlScheme = 'url.scheme'
export const urlFull = 'url.full'
export const serverAddress = 'server.address'
export const serverPort = 'server.port'
export const clientAddress = 'client.address'
export const networkPeerAddress = 'network.peer.address'
export const networkPeerPort = 'network.peer.port'
export const networkProtocolVersion = 'network.protocol.version'
export const userAgentOriginal = 'user_agent.original'
export const rpcSystemName = 'rpc.system.name'
export const rpcMethod = 'rpc.method'
export const rpcStatusCode = 'rpc.status_code'
export const errorType = 'error.type'

export const dbSystemName = 'db.system.name'
export const dbNamespace = 'db.namespace'
export const dbCollectionName = 'db.collection.name'
export const dbOperationName = 'db.operation.name'
export const dbOperationBatchSize = 'db.operation.batch.size'
export const dbQueryText = 'db.query.text'
export const dbQuerySummary = 'db.query.summary'
export const dbResponseStatusCode = 'db.response.status_code'

export const messagingSystem = 'messaging.system'
export const messagingOperationName = 'messaging.operation.name'
export const messagingOperationType = 'messaging.operation.type'
export const messagingDestinationName = 'messaging.destination.name'
export const messagingMessageId = 'messaging.message.id'
export const messagingBatchMessageCount = 'messaging.batch.message_count'

/**
 * Our own: the service and the method that the request was for, as a security policy names them.
 */
export const apiService = 'api.service'
export const apiMethod = 'api.method'
/** Our own: the client disconnected before the response was complete. */
export const requestAborted = 'clew.request.aborted'
