// @ts-check
/** The architectures that there are tiny models of, by llama.cpp's name. */
import { deepseek2 } from './deepseek2.mjs'
import { gemma3, llama, qwen2, qwen3 } from './dense.mjs'
import { glm4moe, gptOss, qwen3moe } from './experts.mjs'
import { graniteHybrid, lfm2, mamba, nemotronH, qwen35 } from './hybrid.mjs'

/** @type {typeof import('./families.d.mts').families} */
export const families = {
  llama,
  qwen2,
  qwen3,
  qwen3moe,
  gemma3,
  'gpt-oss': gptOss,
  glm4moe,
  deepseek2,
  qwen35,
  lfm2,
  granitehybrid: graniteHybrid,
  nemotron_h: nemotronH,
  mamba,
}
