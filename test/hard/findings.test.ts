/** What counts of a sanitizer's log: reports as GCC 12's runtimes write them, shortened. */

import t from 'tap'
import { findings } from './sanitize/findings.mjs'

const race = (...frames: readonly string[]) =>
  ['WARNING: ThreadSanitizer: data race (pid=1)', '  Write of size 8 at 0x7b50 by thread T11:']
    .concat(frames.map((frame, i) => `    #${i} ${frame}`))
    .join('\n')

/** Each between two lines of bars. */
const logOf = (...reports: readonly string[]) =>
  reports.map(report => `==================\n${report}\n==================\n`).join('')

const inNode = race('free tsan_interceptors_posix.cpp:706', 'node::Post() <null> (node+0x18bab10)')
const inAddon = race('engine::decode() <null> (cot_prune.node+0x1234)', 'main <null> (node+0x1)')
const inProgram = race('engine::Team::run() ../../native/cpu/team.cc:10 (team+0x1234)')

t.test('races: those of programs and of the addon, and not of Node alone', t => {
  t.strictSame(findings(logOf(inNode)), [])
  t.strictSame(findings(logOf(inNode, inAddon, inProgram)), [inAddon, inProgram])
  t.end()
})

t.test('leaks: those of the addon; every other error', t => {
  const leak = (frame: string) => `Direct leak of 40 byte(s) in 1 object(s):\n    #0 ${frame}`
  const own = leak('engine::open() (/home/build/asan/cot_prune.node+0x12)')
  t.strictSame(findings([leak('node::Start() (node+0x12)'), own].join('\n')), [own])
  const used = '==12==ERROR: AddressSanitizer: heap-use-after-free on address 0x60'
  const undefinedShift = 'ggml.c:12:3: runtime error: shift exponent 64 is too large'
  t.strictSame(findings(`${used}\nSUMMARY: AddressSanitizer: x\n${undefinedShift}`), [
    used,
    undefinedShift,
  ])
  t.end()
})
