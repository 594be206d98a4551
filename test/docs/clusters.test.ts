/** The files for clusters: they are what they say, and what a machine without a cluster can run of them runs. */

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parseAllDocuments } from 'yaml'
import { packageFolder } from '../../dist/base/package.js'
import { cli, recordsOf, run } from '../support/command.js'

t.setTimeout(600_000)

const folder = join(packageFolder, 'docs', 'clusters')
const text = (name: string) => readFileSync(join(folder, name), 'utf8')
const command = `${process.execPath} ${cli}`
const few = ['--limit', '4', '--max-tokens', '40', '--thresholds', '0.5']

/** What is at a path of a parsed file. */
const at = (value: unknown, ...path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>(
    (found, key) =>
      typeof found === 'object' && found !== null ? Reflect.get(found, key) : undefined,
    value,
  )

t.test('Slurm: the parts of an array, merged, are the run', async t => {
  const results = join(t.testdir(), 'results')
  const script = join(folder, 'slurm.sbatch')
  for (const part of ['1', '2']) {
    const task = { SLURM_ARRAY_TASK_ID: part, SLURM_ARRAY_TASK_MAX: '2', COT_PRUNE: command }
    const env = { ...process.env, ...task }
    await run('bash', [script, results, ...few], { env })
    // as a requeued task: nothing is left to do
    if (part === '1') await run('bash', [script, results, ...few], { env })
  }
  const parts = ['part-1', 'part-2'].map(name => join(results, name))
  const [all, whole] = [join(results, 'all'), join(results, 'whole')]
  await run(process.execPath, [cli, 'merge', ...parts, '--out', all])
  await run(process.execPath, [cli, 'run', ...few, '--threads', '1', '--out', whole])
  t.strictSame(recordsOf(all), recordsOf(whole))
  t.throws(() => execFileSync('bash', [script, results], { stdio: 'pipe', env: {} }), {
    message: /run by sbatch, as an array/,
  })
})

t.test('Kubernetes: an indexed Job whose pods are the parts, and workers', async t => {
  const documents = parseAllDocuments(text('kubernetes.yaml'))
  for (const { errors } of documents) t.strictSame(errors, [])
  const [job, workers] = documents.map(document => document.toJS() as unknown)
  t.match(job, { kind: 'Job', spec: { completionMode: 'Indexed', completions: 8 } })
  const container = at(job, 'spec', 'template', 'spec', 'containers', 0)
  const given = at(container, 'env') as readonly { name: string; value: string }[]
  const env = Object.fromEntries(given.map(({ name, value }) => [name, value]))
  t.equal(env.PARTS, String(at(job, 'spec', 'completions')), 'both say how many parts there are')
  const results = join(t.testdir(), 'results')
  const pod = { ...env, JOB_COMPLETION_INDEX: '7', RESULTS: results, COT_PRUNE: command }
  const script = String(at(container, 'args', 0)).replace(
    '--resume',
    `--resume ${few.join(' ')} --limit 8`,
  )
  await run('bash', ['-c', script], { env: { ...process.env, ...pod } })
  t.equal(recordsOf(join(results, 'part-8')).length, 1)
  const worker = at(workers, 'spec', 'template', 'spec')
  const [grace] = [Number(at(worker, 'terminationGracePeriodSeconds'))]
  const args = at(worker, 'containers', 0, 'args') as readonly string[]
  t.ok(grace > Number(args[args.indexOf('--grace') + 1]))
  const { stdout } = await run(process.execPath, [cli, 'worker', '--help'])
  for (const flag of args.filter(arg => arg.startsWith('--'))) t.match(stdout, flag)
})

t.test('compose: its services say what the command line knows', async t => {
  const [document] = parseAllDocuments(text('compose.yaml'))
  t.strictSame(document?.errors, [])
  const compose: unknown = document?.toJS()
  for (const [service, name] of [
    ['worker', 'worker'],
    ['run', 'run'],
  ] as const) {
    const args = at(compose, 'services', service, 'command') as readonly string[]
    t.equal(args[0], name)
    const { stdout } = await run(process.execPath, [cli, name, '--help'])
    for (const flag of args.filter(arg => arg.startsWith('--'))) t.match(stdout, flag)
  }
  t.notMatch(text('compose.yaml'), /redis:\/\/:[^$]/, 'no password of its own')
})

t.test('Dockerfile: bash reads its commands, and its packages are those of the tests', async t => {
  const steps = [...text('Dockerfile').matchAll(/^RUN (.*)$/gm)].map(([, step = '']) => step)
  t.equal(steps.length, 3)
  for (const step of steps) execFileSync('bash', ['-n', '-c', step])
  const { devDependencies } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'))
  for (const name of ['bullmq', 'ioredis']) {
    const found = [...text('Dockerfile').matchAll(new RegExp(`${name}@([\\d.]+)`, 'g'))]
    t.strictSame(
      found.map(([, version]) => version),
      [devDependencies[name], devDependencies[name]],
    )
  }
})
