import type { BoundAddress } from '../listener/address.ts'
import type { Certificate } from '../listener/certificate.ts'
import type { StepReport } from './report.ts'

/** One listener of a lifecycle, whatever it speaks. */
export interface OpenListener {
  /** Runs before anything is bound, such as the audit of an application. */
  prepare(): Promise<void>
  /** Binds, or waits until the application has bound it. */
  bind(): Promise<BoundAddress>
  /** Ends the waiting in `bind`. */
  cancel?(): void
  /** What is open stays open. */
  stopAccepting(): void
  /** Lets what the traffic does not know end, such as calls of gRPC. */
  finish?(limitMs: number): Promise<StepReport>
  /** After the last connection. */
  dispose(): void
  readonly certificate?: Certificate | undefined
  /** Reads the certificate again. */
  reload?(): Promise<void>
}
