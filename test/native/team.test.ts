/** The OpenMP of prebuilt addons runs regions as compilers expect it. */

import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { packageFolder } from '../../dist/base/package.js'

const run = promisify(execFile)
const gcc = await run('g++', ['--version']).then(
  () => true,
  () => false,
)
/** A sanitizer's, where there are any. */
const flags = process.env.COT_PRUNE_CXXFLAGS?.split(' ') ?? []
const only = process.platform === 'linux' && gcc ? {} : { skip: 'needs g++ on Linux' }

t.test('regions, barriers and teams of several threads at once', only, async t => {
  const folder = t.testdir()
  const at = (...path: string[]) => join(packageFolder, ...path)
  const objects = ['native/cpu/team.cc', 'test/native/team.cc'].map((source, i) => {
    const object = join(folder, `${i}.o`)
    return {
      object,
      args: ['-std=c++17', '-O2', ...flags, '-I', at('native/cpu'), '-c', at(source)],
    }
  })
  for (const { object, args } of objects) await run('g++', [...args, '-fopenmp', '-o', object])
  const program = join(folder, 'team')
  // without -fopenmp: no libgomp is linked
  await run('g++', [...flags, ...objects.map(({ object }) => object), '-pthread', '-o', program])
  const { stdout } = await run(program, [], { timeout: 60_000 })
  t.equal(stdout, 'ok\n')
})
