// The files of examples/deploy: what the programs and schemas they are for say of them, and whether
// their numbers fit those of the packages.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { nodeEval } from '@clew/testing'
import { describeWith } from '@clew/testing/programs'
import { describe, expect, test } from '@jest/globals'
import { parseAllDocuments } from 'yaml'
import { configure } from './rolling/proxy.ts'

const e2e = fileURLToPath(new URL('..', import.meta.url))
const deploy = fileURLToPath(new URL('../../examples/deploy/', import.meta.url))
const read = (file: string) => readFileSync(deploy + file, 'utf8')

// The defaults of packages/server, in seconds.
const [drainDelay, timeout, idle] = [5, 25, 72]

for (const name of ['nginx', 'haproxy'] as const) {
  describeWith(name, name, () => {
    test('its own check finds nothing', () => {
      const folder = mkdtempSync(join(tmpdir(), `clew-${name}-`))
      const place = { front: 18_080, instances: [18_081, 18_082], checkMs: 1_000 } as const
      const { check } = configure(name, folder, place)
      const { status, stderr, stdout } = spawnSync(name, check, { encoding: 'utf8' })
      rmSync(folder, { recursive: true })
      expect(stdout + stderr).not.toMatch(/\[(?:ALERT|WARNING|warn|emerg)/)
      expect(status).toBe(0)
    })
  })
}

describe('Kubernetes', () => {
  const documents = parseAllDocuments(read('kubernetes/orders.yaml')).map((each) => each.toJS())
  const [deployment] = documents
  const { spec } = deployment.spec.template
  const [container] = spec.containers

  // In a process of their own: hundreds of files, which Jest would transform.
  test('the schemas of Kubernetes accept the manifests, and find a mistake', async () => {
    const mistaken = structuredClone(documents)
    mistaken[0].spec.replicas = '3'
    const child = nodeEval(
      `import { Deployment } from 'kubernetes-models/apps/v1/Deployment'
       import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget'
       import { Service } from 'kubernetes-models/v1/Service'
       const kinds = { Deployment, Service, PodDisruptionBudget }
       for (const document of ${JSON.stringify([...documents, mistaken[0]])}) {
         try {
           new kinds[document.kind](document).validate()
           console.log(document.kind)
         } catch (error) {
           console.log(error.message)
         }
       }`,
      { cwd: e2e },
    )
    await child.exit
    const expected = [
      'Deployment',
      'Service',
      'PodDisruptionBudget',
      'data/spec/replicas must be integer',
    ]
    expect(child.stdout.trim().split('\n')).toEqual(expected)
  })

  test('ports, labels and probes fit', () => {
    const [, service, budget] = documents
    const { labels } = deployment.spec.template.metadata
    for (const selector of [
      deployment.spec.selector.matchLabels,
      service.spec.selector,
      budget.spec.selector.matchLabels,
    ]) {
      expect(labels).toMatchObject(selector)
    }
    const ports = container.ports.map(({ name }: { name: string }) => name)
    expect(ports).toContain(service.spec.ports[0].targetPort)
    const probes = ['startupProbe', 'readinessProbe', 'livenessProbe'].map(
      (name) => container[name],
    )
    expect(probes.map(({ httpGet }) => httpGet.path)).toEqual(['/startupz', '/readyz', '/livez'])
    for (const { httpGet, timeoutSeconds } of probes) {
      expect(ports).toContain(httpGet.port)
      expect(timeoutSeconds).toBeGreaterThan(0.75)
    }
  })

  test('the shutdown ends before the kill, and liveness is patient', () => {
    expect(spec.terminationGracePeriodSeconds).toBeGreaterThan(timeout)
    expect(timeout).toBeGreaterThan(drainDelay)
    expect(container.lifecycle).toBeUndefined()
    const { periodSeconds, failureThreshold } = container.livenessProbe
    expect(periodSeconds * failureThreshold).toBeGreaterThanOrEqual(60)
  })
})

test('Docker: SIGTERM reaches node, which is not root', () => {
  const lines = read('docker/Dockerfile').split('\n')
  const commands = lines.filter((line) => line.startsWith('CMD '))
  expect(commands).toHaveLength(1)
  expect(JSON.parse((commands[0] as string).slice(4))).toEqual(['node', expect.any(String)])
  expect(lines).toContain('USER node')
  const probe = /^ {2}CMD (\[.*\])$/m.exec(lines.join('\n'))?.[1]
  const [node, flag, script] = JSON.parse(probe as string)
  expect([node, flag]).toEqual(['node', '-e'])
  // Nothing listens there: the probe runs, and says so.
  const closed = script.replace('8080', '9')
  expect(spawnSync(process.execPath, [flag, closed]).status).toBe(1)
})

test('each proxy closes idle connections before the server does', () => {
  const seconds = (file: string, pattern: RegExp) => Number(pattern.exec(read(file))?.[1])
  expect(seconds('nginx/clew.conf', /keepalive_timeout (\d+)s/)).toBeLessThan(idle)
  expect(seconds('haproxy/haproxy.cfg', /timeout http-keep-alive (\d+)s/)).toBeLessThan(idle)
  expect(read('nginx/clew.conf').match(/max_fails=0/g)).toHaveLength(2)
})

test('AWS: numbers in the order that the page says', () => {
  const { Resources } = JSON.parse(read('aws/target-group.json'))
  const { Properties: group } = Resources.Orders
  const { Properties: balancer } = Resources.LoadBalancer
  const [{ StopTimeout }] = Resources.Task.Properties.ContainerDefinitions
  const page = read('README.md')
  const drain = Number(/shutdown\.drainDelayMs: (\d+)_000`/.exec(page)?.[1])
  const total = Number(/shutdown\.timeoutMs: (\d+)_000`/.exec(page)?.[1])
  const noticed = group.HealthCheckIntervalSeconds * group.UnhealthyThresholdCount
  const [{ Value: deregistration }] = group.TargetGroupAttributes
  const order = [noticed, drain, Number(deregistration), total, StopTimeout]
  expect(order).toEqual([...order].sort((a, b) => a - b))
  expect(new Set(order).size).toBe(order.length)
  expect(Number(balancer.LoadBalancerAttributes[0].Value)).toBeLessThan(idle)
})
