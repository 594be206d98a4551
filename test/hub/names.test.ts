/** What a name means, which file of a repository it is, and where the environment says that files are. */

import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import t from 'tap'
import { packageFolder } from '../../dist/base/package.js'
import { sizeText } from '../../dist/base/sizes.js'
import { chooseFiles, partsOf } from '../../dist/hub/choose-files.js'
import { hubEnvironment } from '../../dist/hub/environment.js'
import { parseHubName, parseModelName } from '../../dist/hub/names.js'
import { Speed } from '../../dist/hub/speed.js'
import { knownModels, memoryOf } from '../../dist/index.js'

const endpoint = 'https://hub.example'
const main = { type: 'model', file: null, quant: null, revision: 'main' }

t.test('names of the hub, as llama.cpp and node-llama-cpp write them', async t => {
  const cases: readonly (readonly [string, object])[] = [
    ['hf:u/r', { ...main, repository: 'u/r' }],
    ['hf:u/r:Q4_K_M', { ...main, repository: 'u/r', quant: 'Q4_K_M' }],
    ['hf://u/r:Q8_0', { ...main, repository: 'u/r', quant: 'Q8_0' }],
    ['huggingface:u/r:Q8_0', { ...main, repository: 'u/r', quant: 'Q8_0' }],
    ['hf.co/u/r.x-1:UD-Q4_K_XL', { ...main, repository: 'u/r.x-1', quant: 'UD-Q4_K_XL' }],
    ['hf:u/r/a.gguf', { ...main, repository: 'u/r', file: 'a.gguf' }],
    ['hf:u/r/b/a.gguf#v1', { ...main, repository: 'u/r', file: 'b/a.gguf', revision: 'v1' }],
    ['hf:u/r:Q4_0#refs/pr/1', { ...main, repository: 'u/r', quant: 'Q4_0', revision: 'refs/pr/1' }],
    [`${endpoint}/u/r`, { ...main, repository: 'u/r' }],
    [`${endpoint}/u/r/blob/main/a%20b.gguf`, { ...main, repository: 'u/r', file: 'a b.gguf' }],
    [
      `${endpoint}/u/r/resolve/v2/x/a.gguf?download=true`,
      { ...main, repository: 'u/r', file: 'x/a.gguf', revision: 'v2' },
    ],
    [
      `${endpoint}/u/r/resolve/refs%2Fconvert%2Fx/a.gguf`,
      { ...main, repository: 'u/r', file: 'a.gguf', revision: 'refs/convert/x' },
    ],
    ['https://huggingface.co/u/r/tree/v2', { ...main, repository: 'u/r', revision: 'v2' }],
  ]
  for (const [name, hub] of cases)
    t.strictSame(parseModelName(name, endpoint), { from: 'hub', hub }, name)
  t.strictSame(parseHubName('hf:u/d/x.jsonl', 'dataset', endpoint), {
    ...main,
    type: 'dataset',
    repository: 'u/d',
    file: 'x.jsonl',
  })
  t.strictSame(parseHubName(`${endpoint}/datasets/u/d/resolve/main/x.csv`, 'dataset', endpoint), {
    ...main,
    type: 'dataset',
    repository: 'u/d',
    file: 'x.csv',
  })
})

t.test('what begins as a name of the hub and is none, is said', async t => {
  const bad = [
    'hf:',
    'hf:u//r',
    'hf:u/../r',
    'hf:u/r/../../x.gguf',
    'hf:u/r/a.gguf:Q4_0',
    'hf:u/r#',
    'hf:u/r#../x',
  ]
  for (const name of [
    ...bad,
    'hf:u/r--x',
    'hf:-u/r',
    'hf:u/r/a\\b.gguf',
    'hf:datasets/u/d/x.gguf',
  ]) {
    t.throws(
      () => parseModelName(name, endpoint),
      { code: 'ERR_MODEL_NAME', message: /expected hf:USER\/REPOSITORY/ },
      name,
    )
  }
})

t.test('other names: the package’s model, addresses, paths, short names', async t => {
  t.strictSame(parseModelName('embedded', endpoint), { from: 'embedded' })
  t.strictSame(parseModelName('./a.gguf', endpoint), { from: 'file', path: './a.gguf' })
  t.strictSame(parseModelName('C:\\a.gguf', endpoint), { from: 'file', path: 'C:\\a.gguf' })
  t.match(parseModelName('https://x.org/a.gguf', endpoint), { from: 'url', sha256: null })
  t.match(parseModelName(`${endpoint}/u/r/blob/main/%zz.gguf`, endpoint), { from: 'url' })
  t.match(parseModelName('R1-Qwen-1.5B', endpoint), {
    from: 'hub',
    hub: {
      repository: 'bartowski/DeepSeek-R1-Distill-Qwen-1.5B-GGUF',
      file: 'DeepSeek-R1-Distill-Qwen-1.5B-Q4_K_M.gguf',
    },
  })
})

t.test('every short name is a name of the hub, with a size that fits its shape', async t => {
  t.equal(new Set(knownModels.map(({ name }) => name)).size, knownModels.length)
  for (const { name, hub, bytes, licence, shape } of knownModels) {
    const parsed = parseHubName(hub, 'model', endpoint)
    t.match(parsed?.file, /\.gguf$/, name)
    t.not(licence, '')
    // weights of the layers and the embedding, by the shape alone, at four to eight bits: no digit is missing
    const { cachedLayers, embeddingLength, vocabularySize } = shape
    const least = (cachedLayers * 8 * embeddingLength ** 2 + vocabularySize * embeddingLength) * 0.4
    t.ok(bytes > least && bytes < least * 40, `${name}: ${bytes} of at least ${least}`)
  }
})

t.test('the page has every short name, with what is calculated of it', async t => {
  const page = readFileSync(join(packageFolder, 'docs/model-names.md'), 'utf8')
  const rows = knownModels.map(({ name, title, licence, bytes, shape }) => {
    const cells = [title, licence, sizeText(bytes), sizeText(memoryOf(shape, bytes).total)]
    return `| \`${name}\` | ${cells.join(' | ')} |`
  })
  t.ok(page.includes(rows.join('\n')), rows.join('\n'))
})

const named = (quant: string | null, file: string | null = null) => ({
  type: 'model' as const,
  repository: 'u/r',
  revision: 'main',
  quant,
  file,
})

t.test('a quantisation names one model, and says what there is where it does not', async t => {
  const files = [
    'README.md',
    'x-Q4_K_M.gguf',
    'x-Q4_K_S.gguf',
    'x-UD-Q4_K_M.gguf',
    'x-IQ4_XS.gguf',
    'mmproj-x-Q4_K_M.gguf',
    'x.Q8_0.gguf',
  ]
  const choose = (quant: string | null, of = files) => chooseFiles(named(quant), of)
  t.strictSame(choose('Q4_K_M'), ['x-Q4_K_M.gguf'])
  t.strictSame(choose('q4_k_s'), ['x-Q4_K_S.gguf'])
  t.strictSame(choose('UD-Q4_K_M'), ['x-UD-Q4_K_M.gguf'])
  t.strictSame(choose('Q8_0'), ['x.Q8_0.gguf'])
  t.strictSame(choose(null), ['x-Q4_K_M.gguf'])
  t.strictSame(choose(null, ['x.Q8_0.gguf', 'x.F16.gguf']), ['x.Q8_0.gguf'])
  t.strictSame(choose(null, ['x-mxfp4.gguf']), ['x-mxfp4.gguf'])
  t.throws(() => choose('Q4_K'), {
    message: /has no Q4_K; there are x-Q4_K_M\.gguf, .*hf:u\/r\/FILE/,
  })
  t.throws(() => choose(null, ['a-F16.gguf', 'b-F16.gguf']), { message: /neither Q4_K_M nor Q8_0/ })
  t.throws(() => choose('F16', ['a-F16.gguf', 'b-F16.gguf']), {
    message: /several models of F16; there are a-F16/,
  })
  t.throws(() => choose('Q4_K_M', ['model.safetensors']), { message: /has no Q4_K_M$/ })
})

t.test('parts', async t => {
  t.strictSame(partsOf('a/x-00002-of-00003.gguf'), [
    'a/x-00001-of-00003.gguf',
    'a/x-00002-of-00003.gguf',
    'a/x-00003-of-00003.gguf',
  ])
  t.strictSame(partsOf('x-2-of-3.gguf'), ['x-2-of-3.gguf'])
  const files = partsOf('x-Q8_0-00001-of-00002.gguf')
  t.strictSame(chooseFiles(named('Q8_0'), files), files)
})

t.test('the environment, as Python’s huggingface_hub reads it', async t => {
  const cacheOf = (variables: Record<string, string>) => hubEnvironment(variables).cache
  const home = homedir()
  t.equal(cacheOf({}), join(home, '.cache', 'huggingface', 'hub'))
  t.equal(cacheOf({ XDG_CACHE_HOME: '/x' }), resolve('/x/huggingface/hub'))
  t.equal(cacheOf({ XDG_CACHE_HOME: '/x', HF_HOME: '/h' }), resolve('/h/hub'))
  t.equal(cacheOf({ HF_HOME: '~/h' }), join(home, 'h', 'hub'))
  t.equal(cacheOf({ HF_HOME: '$WORK/h', WORK: '/w' }), resolve('/w/h/hub'))
  t.equal(cacheOf({ HF_HOME: '/h', HUGGINGFACE_HUB_CACHE: '/old' }), resolve('/old'))
  t.equal(
    cacheOf({ HF_HOME: '/h', HUGGINGFACE_HUB_CACHE: '/old', HF_HUB_CACHE: `\${X}/c`, X: '/y' }),
    resolve('/y/c'),
  )
  for (const value of ['1', 'true', 'YES', 'on'])
    t.equal(hubEnvironment({ HF_HUB_OFFLINE: value }).offline, true)
  for (const value of ['', '0', 'no'])
    t.equal(hubEnvironment({ HF_HUB_OFFLINE: value }).offline, false)
  t.equal(
    hubEnvironment({ HF_ENDPOINT: 'https://mirror.example/' }).endpoint,
    'https://mirror.example',
  )
  t.throws(() => hubEnvironment({ HF_ENDPOINT: 'mirror' }), {
    code: 'ERR_INVALID_ARG_VALUE',
    message: /HF_ENDPOINT must be/,
  })
})

t.test('tokens: the variable, else the file, cleaned; none where it is not wanted', async t => {
  const folder = t.testdir({ token: 'hf_file\n', mine: 'hf_mine' })
  const tokenOf = (variables: Record<string, string>) =>
    hubEnvironment({ HF_HOME: folder, ...variables }).token
  t.equal(tokenOf({}), 'hf_file')
  t.equal(tokenOf({ HF_TOKEN: ' hf_env\n' }), 'hf_env')
  t.equal(tokenOf({ HF_TOKEN_PATH: join(folder, 'mine') }), 'hf_mine')
  t.equal(tokenOf({ HF_TOKEN_PATH: join(folder, 'none') }), null)
  t.equal(tokenOf({ HF_HUB_DISABLE_IMPLICIT_TOKEN: '1' }), null)
})

t.test('speed is that of the last seconds', async t => {
  const speed = new Speed()
  speed.add(1000, 0)
  t.equal(speed.bytesPerSecond, null)
  t.equal(speed.secondsLeft(10), null)
  for (let second = 1; second <= 10; second++) speed.add(1000 + 100 * second, 1000 * second)
  t.equal(speed.bytesPerSecond, 100)
  t.equal(speed.secondsLeft(500), 5)
  for (let second = 11; second <= 20; second++) speed.add(2000, 1000 * second)
  t.equal(speed.bytesPerSecond, 0)
  t.equal(speed.secondsLeft(500), null)
  t.equal(speed.secondsLeft(null), null)
})
