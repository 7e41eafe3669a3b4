import type { Server as HttpServer, IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Middleware } from '@clew/internal/requests/middleware'
import type { Addresses, ShutdownReport } from '../lifecycle/report.ts'
import type { Address } from '../listener/address.ts'
import type {
  DebugPart,
  HealthPart,
  LoggerPart,
  MetricsPart,
  SecurityPart,
  TracingPart,
} from './parts.ts'

/** Time limits, in Go's terms. All in milliseconds, integers from 0; 0 = no limit. */
export interface TimeoutOptions {
  /**
   * From the connection, or the first byte of a later request, to the end of the header; then the
   * answer is 408. Go: `ReadHeaderTimeout`.
   * @defaultValue 10_000, or `readMs` if that is less
   */
  readonly readHeaderMs?: number | undefined
  /**
   * The whole request with its body; then the answer is 408, or the response is cut if it has
   * begun. It starts anew with each `readProgressBytes` of the body, and does not count while the
   * handler leaves unread what has arrived. `readWithin` sets another limit for one request. Go:
   * `ReadTimeout`.
   * @defaultValue 60_000, or `readHeaderMs` if that is more
   */
  readonly readMs?: number | undefined
  /**
   * How long a response may wait for a client that reads none of it; then the connection is cut.
   * Unlike Go's `WriteTimeout`, this does not affect slow handlers or quiet event streams. Use 30 s
   * or more: the system's buffers hide the progress of a slow reader.
   * @defaultValue 60_000
   */
  readonly writeMs?: number | undefined
  /**
   * An unused keep-alive connection. Should be longer than the idle timeout of the proxy in front.
   * Go: `IdleTimeout`.
   * @defaultValue 72_000
   */
  readonly idleMs?: number | undefined
  /**
   * After an answer that ends its connection: how long what the client is still sending is read and
   * thrown away, so that it can read the answer; 0: not at all. It ends when the client closes its
   * side or is silent for 500 ms.
   * @defaultValue 5_000
   */
  readonly discardMs?: number | undefined
  /**
   * From the request to the header of the response; then the answer is 503, and the request's signal
   * aborts (`ERR_SERVER_TIMEOUT`). The time that the client takes to send the body does not count,
   * and a response that has begun is not cut, such as a stream. `answerWithin` sets another limit
   * for one request. Go: `http.TimeoutHandler`.
   * @defaultValue 0
   */
  readonly handlerMs?: number | undefined
  /**
   * After which silence the system asks the other side of a TCP connection whether it is still
   * there; 0: never.
   * @defaultValue 60_000
   */
  readonly tcpKeepAliveMs?: number | undefined
}

/** `critical`: never shed. `low`: shed first. */
export type Priority = 'critical' | 'normal' | 'low'

/**
 * When requests are answered 503 with a `Retry-After`, before anything of the application runs.
 * Probes and the admin listener are never affected.
 */
export interface OverloadOptions {
  /**
   * The most requests in progress at once: a number, or `{ min, max }` for a limit that finds itself
   * from how much slower requests get (by default 10 to 1,000). Event streams and upgraded
   * connections do not count. Low priority may use three quarters of it.
   * @defaultValue 0: no limit
   */
  readonly inFlight?:
    | number
    | { readonly min?: number | undefined; readonly max?: number | undefined }
    | undefined
  /**
   * The mean delay of the event loop over half a second. As long as it is longer, a growing share of
   * the requests is shed.
   * @defaultValue 0: no limit
   */
  readonly loopDelayMs?: number | undefined
  /**
   * The share of time that the event loop is busy, over half a second, 0 to 1. Works like
   * `loopDelayMs`.
   * @defaultValue 0: no limit
   */
  readonly utilization?: number | undefined
  /**
   * The mean of `Retry-After`, which is between half and one and a half of it, so that clients do not
   * come back together; rounded up to seconds.
   * @defaultValue 2_000
   */
  readonly retryAfterMs?: number | undefined
  /**
   * How important a request is. Called only while there is too much to do.
   * @defaultValue every request is `normal`
   */
  readonly priority?: ((req: IncomingMessage) => Priority) | undefined
}

/** How a shutdown proceeds. All in milliseconds, integers from 0. */
export interface ShutdownOptions {
  /**
   * How long to keep accepting and serving after readiness is off, until load balancers have
   * noticed. Part of `timeoutMs`, and less than it.
   * @defaultValue 5_000 in Kubernetes (`KUBERNETES_SERVICE_HOST` is set), else 0
   */
  readonly drainDelayMs?: number | undefined
  /**
   * How long idle connections stay open after the listener has closed, so that a client that thinks
   * for a while between its requests can send the next one, and a request already on its way is
   * answered. Only idle connections make a shutdown last that long.
   * @defaultValue 5_000
   */
  readonly lingerMs?: number | undefined
  /**
   * The whole shutdown, from the signal to the end. Keep it below what the platform allows
   * (Kubernetes: 30 s).
   * @defaultValue 25_000
   */
  readonly timeoutMs?: number | undefined
  /**
   * How long before requests are cut their signals abort.
   * @defaultValue 1_000, at most a tenth of `timeoutMs`
   */
  readonly abortMs?: number | undefined
  /** Each hook of `onShutdown`. @defaultValue 5_000 */
  readonly hookMs?: number | undefined
  /**
   * Sending telemetry and buffered log lines. At most a quarter of `timeoutMs`.
   * @defaultValue 5_000
   */
  readonly flushMs?: number | undefined
  /** The whole shutdown after an uncaught error, instead of `timeoutMs`. @defaultValue 3_000 */
  readonly crashTimeoutMs?: number | undefined
}

/** A second listener for the people and machines that operate the service. */
export interface AdminOptions {
  /** Where to listen. @defaultValue '127.0.0.1:8081', or any free port if that one is in use */
  readonly address?: Address | undefined
  /**
   * Runs before everything but `/livez`, `/readyz` and `/startupz`: calls `next()` to let a request
   * in, or answers it. Required if the address is not loopback. `allow(networks)` creates one. The
   * debug console lets in what it lets in, without a guard of its own.
   * @defaultValue none
   */
  readonly guard?: Middleware | undefined
  /**
   * Names who the guard has let in, for the reports of the debug console.
   * @defaultValue none
   */
  readonly actor?: ((req: IncomingMessage) => string | undefined) | undefined
  /**
   * Names allowed in the `Host` header, besides loopback, if there is no guard. The check protects
   * from DNS rebinding, so list only names that you own.
   * @defaultValue none
   */
  readonly allowedHosts?: readonly string[] | undefined
}

/** The certificate of a listener. Each is PEM text, or the path of a file with it. */
export interface TlsOptions {
  /** The certificate, and those between it and the root. */
  readonly cert: string | Buffer
  /** Its private key. */
  readonly key: string | Buffer
  /** Of the key, if it is encrypted. @defaultValue none */
  readonly passphrase?: string | undefined
  /**
   * Certificates of those who sign clients: a client without a certificate of theirs is refused in
   * the handshake (mTLS).
   * @defaultValue none: clients need no certificate
   */
  readonly ca?: string | Buffer | undefined
  /** The oldest version of TLS. @defaultValue 'TLSv1.2' */
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined
  /**
   * How often the files are read again, in milliseconds; 0: only at SIGHUP and `reloadTls()`. New
   * connections use what was read; files that are broken, or do not belong together, are reported,
   * and the certificate before stays in use.
   * @defaultValue 60_000
   */
  readonly reloadMs?: number | undefined
}

/** Options of one listener. */
export interface ListenerOptions {
  /** Where to listen. @defaultValue ':8080' */
  readonly address?: Address | undefined
  /** Listens with TLS (https). @defaultValue none */
  readonly tls?: TlsOptions | undefined
  /**
   * Speaks HTTP/2 too: with TLS by ALPN; without TLS if the client begins with it (h2c with prior
   * knowledge). HTTP/1.1 stays. The handler gets Node's compatible requests and responses, which
   * Fastify, Koa and Hono support, and Express does not.
   * @defaultValue false
   */
  readonly http2?: boolean | undefined
  /**
   * Called once with Node's server, before it listens, for libraries that need it: ws, socket.io.
   * Do not call its `listen` or `close`.
   * @defaultValue none
   */
  readonly onServer?: ((http: HttpServer) => void) | undefined
  /**
   * Takes over connections that request an upgrade (WebSocket).
   * @defaultValue none: such a request is handled like any other
   */
  readonly onUpgrade?: ((req: IncomingMessage, socket: Duplex, head: Buffer) => void) | undefined
}

/** Options of `grpc`. */
export interface GrpcOptions {
  /** `grpc.ServerCredentials.createInsecure()`, or with certificates. */
  readonly credentials: unknown
  /** Where to listen. @defaultValue ':9090' */
  readonly address?: Address | undefined
}

/** Options of everything that a process serves, whatever it listens on. */
export interface LifecycleOptions {
  /** Name and version, for the log lines about start and end. @defaultValue none */
  readonly service?: { readonly name: string; readonly version?: string | undefined } | undefined
  /** The admin listener. @defaultValue none */
  readonly admin?: AdminOptions | undefined
  /**
   * `/livez`, `/readyz` and `/startupz` on the public listener too, before the handler and not
   * logged.
   * @defaultValue false
   */
  readonly probes?: boolean | undefined
  /**
   * Writes the log lines of the server and the reports of every part; its `http()` observes
   * requests.
   * @defaultValue plain text on stderr
   */
  readonly logger?: LoggerPart | undefined
  /** The outermost layer of a request; flushed at the end. @defaultValue none */
  readonly tracing?: TracingPart | undefined
  /** A layer of a request, and `/metrics`; flushed at the end. @defaultValue none */
  readonly metrics?: MetricsPart | undefined
  /** Answers the probes and `/healthz`. @defaultValue the server's own state */
  readonly health?: HealthPart | undefined
  /** Answers `/debug` and everything below it. @defaultValue none */
  readonly debug?: DebugPart | undefined
  /** Its `audit(handler)` runs before listening. @defaultValue none */
  readonly security?: SecurityPart | undefined
  /** Time limits. */
  readonly timeouts?: TimeoutOptions | undefined
  /**
   * Request line and headers together, in bytes, 1024 to 16 MiB; more: 431. Go: `MaxHeaderBytes`.
   * @defaultValue 16_384
   */
  readonly maxHeaderBytes?: number | undefined
  /**
   * The number of headers, 1 to 100_000; more: 431. Node 20 would leave out those after the first
   * 1,000, `Authorization` among them.
   * @defaultValue 1_000
   */
  readonly maxHeaders?: number | undefined
  /**
   * Bytes of a request body that start `timeouts.readMs` anew, so that a large upload is not cut as
   * long as it makes progress; 0: it is one limit for the whole request, as in Go.
   * @defaultValue 65_536
   */
  readonly readProgressBytes?: number | undefined
  /**
   * Connections at once; more are answered 503 and closed, with TLS closed. 0: no limit.
   * @defaultValue 0
   */
  readonly maxConnections?: number | undefined
  /** Which load is too much. @defaultValue nothing is shed */
  readonly overload?: OverloadOptions | undefined
  /** How a shutdown proceeds. */
  readonly shutdown?: ShutdownOptions | undefined
  /**
   * Called when draining starts: end event streams, close WebSockets, stop taking jobs. Not
   * awaited.
   * @defaultValue none
   */
  readonly onDrain?: (() => void) | undefined
  /**
   * Called after the last request, in reverse order, each within `hookMs`; a hook that fails does
   * not stop the others.
   * @defaultValue []
   */
  readonly onShutdown?: readonly (() => unknown)[] | undefined
}

/** Options of `create`. */
export type ServerOptions = LifecycleOptions & ListenerOptions

/** What `serve` and `attach` call. */
export interface ProcessOptions {
  /** Called once when the server is listening, with the actual ports. @defaultValue none */
  readonly onListening?: ((addresses: Addresses) => void) | undefined
  /** Called before the process exits. @defaultValue none */
  readonly onStopped?: ((report: ShutdownReport) => void) | undefined
}

/** Options of `serve`. */
export type ServeOptions = ServerOptions & ProcessOptions

/** Options of `attach`. */
export type AttachOptions = LifecycleOptions &
  ProcessOptions & {
    /**
     * Whether SIGTERM, SIGINT and uncaught errors shut down and end the process, as in `serve`.
     * @defaultValue true
     */
    readonly signals?: boolean | undefined
  }

/** Options of `primary`. */
export interface PrimaryOptions {
  /** How many workers there are. @defaultValue as many as processors */
  readonly workers?: number | undefined
  /**
   * How long a worker may take until it listens; then it is killed. At the start, the cluster ends.
   * @defaultValue 30_000 milliseconds
   */
  readonly startMs?: number | undefined
  /**
   * The whole shutdown of all workers together: those whose own `shutdown.timeoutMs` is longer have
   * this one. What is left one second later is killed.
   * @defaultValue 25_000 milliseconds
   */
  readonly timeoutMs?: number | undefined
  /** @defaultValue plain text on stderr */
  readonly logger?: LoggerPart | undefined
  /** Called once when all workers listen. */
  readonly onListening?: (() => void) | undefined
}
