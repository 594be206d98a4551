// @ts-check
/** Templates that mean no good, and what makes more of them: seeded, so that a number is a case. */
import { mulberry32 } from '../support/random.mjs'
import { templates } from '../support/tiny-vocabulary.mjs'

/** @typedef {import('../support/random.d.mts').Random} Random */

const often = 4000
/** @param {string} open @param {string} close */
const nested = (open, close) => `${open.repeat(often)}1${close.repeat(often)}`
/** A value is put into another again and again. @param {string} first @param {string} next */
const grown = (first, next) =>
  `{% set n = namespace(a=${first}) %}{% for i in range(100000) %}{% set n.a = ${next} %}{% endfor %}`

/** Each takes for ever, all memory, or all of a stack, where nothing stops it. */
export const hostile = {
  'a long loop': '{% for i in range(1000000000) %}x{% endfor %}',
  'a range without an end': '{{ range(0, 9223372036854775807, 2) }}',
  'loops in loops':
    '{% for i in range(1000) %}{% for j in range(1000) %}{% for k in range(1000) %}{% endfor %}{% endfor %}{% endfor %}',
  'loops that are left':
    '{% for i in range(10000000) %}{% for j in [1] %}{% break %}{% endfor %}{% endfor %}',
  'a macro that calls itself': '{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}',
  'a macro that calls itself twice':
    '{% macro f(n) %}{{ f(n + 1) ~ f(n + 1) if n < 60 }}{% endmacro %}{{ f(1) }}',
  'a long text': "{{ 'x' * 1000000000 }}",
  'a text doubled': `${grown("'x'", 'n.a + n.a')}{{ n.a }}`,
  'a text in all places': "{{ ('a' * 100000)|replace('a', 'b' * 100000) }}",
  'a text between all places': "{{ ('a' * 100000)|replace('', 'b' * 100000) }}",
  'a joint of joints': "{{ range(100000)|join('b' * 100000) }}",
  'a text looked for': "{{ ('a' * 3000000 ~ 'b') in 'a' * 6000000 }}",
  'an indent': "{{ 'a\nb'|indent(1000000000) }}",
  'an indent of JSON': '{{ [1, [2]]|tojson(indent=2147483647) }}',
  'a list of itself': '{% set a = [] %}{% set b = a.append(a) %}{{ a }}',
  'a namespace of itself': '{% set n = namespace() %}{% set n.n = n %}{{ n|tojson }}',
  'lists in lists': `${grown('[1]', '[n.a]')}{{ n.a }}`,
  'tuples in tuples': `${grown('(1, 2)', '(n.a, 1)')}{{ n.a in {} }}`,
  'a list twice in a list': `${grown('[1]', '[n.a, n.a]')}{{ n.a|tojson }}`,
  'a tuple twice in a tuple': `${grown('(1, 2)', '(n.a, n.a)')}{{ n.a == n.a }}`,
  'arguments in arguments': grown('1', '[].append(x=n.a)|last'),
  parentheses: `{{ ${nested('(', ')')} }}`,
  'lists in the text': `{{ ${nested('[', ']')} }}`,
  'blocks in blocks': nested('{% if true %}', '{% endif %}'),
  'else if': `{% if false %}${'{% elif false %}'.repeat(often)}{% endif %}`,
  'not not': `{{ ${'not '.repeat(often)}x }}`,
  'a long sum': `{{ ${'1 + '.repeat(often)}1 }}`,
  'a very long sum': `{{ ${'1 + '.repeat(100 * often)}1 }}`,
  filters: `{{ x${'|string'.repeat(often)} }}`,
  'a megabyte': 'x'.repeat(1_100_000),
}

/** What a template is made of, some of it in a way that no one would write. */
const pieces = [
  ...Object.values(hostile).filter(({ length }) => length < 200),
  ...Object.values(templates),
  '{{ bos_token }}',
  '{%- for message in messages %}',
  '{% endfor %}',
  '{% else %}',
  '{% if ',
  ' %}',
  '{% endif %}',
  '{{ ',
  ' }}',
  '{# ',
  ' #}',
  "message['content']",
  "messages[0]['role']",
  'messages[::-1]',
  'loop.index0',
  "'a,b'.split(',')",
  '|tojson(indent=2)',
  "|join(', ')",
  '|sort',
  "[3, 'a', 1.5, none, true, '10', 9, 2, 'b', 8, 7, 6, 5, 4, 1, 0, -1, 'c', 'd']|sort",
  '|selectattr("role", "equalto", "user")',
  '|length',
  '[1:2:9223372036854775807]',
  '[::-9223372036854775807]',
  ' is divisibleby(0)',
  ' % 0',
  ' / 0',
  ' ~ ',
  " * 'x'",
  ' in ',
  ' == ',
  ' if x else y',
  '{% set x = ',
  '{% set x %}',
  '{% endset %}',
  '{% macro m(a, b=1) %}',
  '{% endmacro %}',
  '{{ m(1) }}',
  '{% call m() %}',
  '{% endcall %}',
  '{% filter upper %}',
  '{% endfilter %}',
  '(',
  ')',
  '[',
  ']',
  '{',
  '}',
  "'",
  '"',
  '\\',
  '9223372036854775807',
  '-1',
  '1e400',
  'ü\u{1f600}',
  '\r\n',
  '\0',
]

/** @type {readonly ((text: string, random: Random) => string)[]} */
const changes = [
  (text, random) => {
    const at = random.integer(text.length + 1)
    return text.slice(0, at) + random.pick(pieces) + text.slice(at)
  },
  (text, random) => {
    const at = random.integer(text.length + 1)
    return text.slice(0, at) + text.slice(at + 1 + random.integer(12))
  },
  (text, random) => {
    const at = random.integer(text.length + 1)
    return text + text.slice(at, at + random.integer(200))
  },
  (text, random) => text.slice(0, random.integer(text.length + 1)),
]

/** @param {number} seed */
export function templateOf(seed) {
  const random = mulberry32(seed)
  let text = random.pick(pieces)
  for (let times = 1 + random.integer(12); times > 0; times--) {
    text = random.pick(changes)(text, random)
  }
  return text
}

/**
 * One that has a length: what a file has room for.
 * @param {Random} random
 * @param {number} length
 */
export function templateOfLength(random, length) {
  const text = random.next() < 0.5 ? random.pick(pieces) : templateOf(random.integer(2 ** 31))
  return text.slice(0, length).padEnd(length)
}
