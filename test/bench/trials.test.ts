/** What a command line of words chooses, and that all of it is there. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { chooseTrials, trials } from '../../bench/trials.mjs'
import { packageFolder } from '../../dist/base/package.js'

const words = (chosen: readonly string[]) => chooseTrials(chosen).map(trial => trial.words)

t.test('every trial has a name of its own and a script', async t => {
  t.equal(new Set(trials.map(trial => trial.words)).size, trials.length)
  for (const { script } of trials) t.ok(existsSync(join(packageFolder, 'bench', script)), script)
})

t.test('what takes long or compares with others has to be named', async t => {
  const all = words([])
  t.ok(all.length > 10)
  for (const named of ['long', 'peers', 'curves']) {
    t.notOk(
      all.some(one => one.split(' ').includes(named)),
      named,
    )
    t.ok(words([named]).length > 0, `${named} names some`)
  }
  t.ok(
    words(['peers']).every(one => one.startsWith('peers embedded')),
    'of the small shape',
  )
  t.ok(words(['peers', 'long']).length > 0)
  t.strictSame(words(['no-such-word']), [])
})
