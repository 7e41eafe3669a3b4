import cluster from 'node:cluster'
import type { Member, MemberOptions } from './member.ts'
import { createPrimary } from './primary.ts'
import { createWorker } from './worker.ts'

/** Makes this process, the primary or a worker, a member of the cluster that Node runs it in. */
export const joinCluster = (options: MemberOptions): Member =>
  cluster.isWorker ? createWorker(options) : createPrimary(cluster, options)
