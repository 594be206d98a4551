/** Turns native samples into the chunks that are streamed and the trace that stays. */

import type { NativeSample } from '../../types/native.js'
import type {
  Alternative,
  AttentionRows,
  GenerationChunk,
  HeadRef,
  Message,
  ModelInfo,
  ModelThinking,
  Span,
  TemplateArguments,
  Trace,
} from '../../types/public.js'
import { alternativesOf } from '../engine/alternatives.js'
import { toAttentionRows } from '../engine/rows.js'
import type { ResolvedSampling } from '../engine/sampling.js'
import { findThinking, promptEnd } from '../trace/spans.js'
import type { TokenPieces } from '../trace/token-text.js'
import { TokenText } from '../trace/token-text.js'
import { endsInLoop } from './looping.js'

/** Tokens that were put in, with their pieces. */
export interface Given extends TokenPieces {
  readonly tokens: readonly number[]
}

/** What the model was asked. */
export interface Asked {
  /** null: a raw prompt. */
  readonly messages: readonly Message[] | null
  readonly prompt: Trace['prompt']
  readonly templateArguments: TemplateArguments
}

/** What of the model stands in a trace, and how its thinking is told. */
interface Written {
  readonly info: Pick<ModelInfo, keyof Trace['model'] | 'thinking'>
  readonly thinking: ModelThinking
}

/** What came with the tokens of a sample, from `firstToken` on. */
interface Pushed {
  readonly firstToken: number
  readonly rows: AttentionRows | undefined
  readonly alternatives: readonly (readonly Alternative[])[]
}

export class TraceWriter {
  readonly #runtime: { readonly model: Written }
  readonly #asked: Asked
  readonly sampling: ResolvedSampling
  readonly #text = new TokenText()
  readonly #tokens: number[] = []
  readonly #logprobs: number[] = []
  readonly #certainties: number[] = []
  /** Where the answer starts in the text, once the closing tag is complete. */
  #answerStart: number | undefined
  /** What was put in to end the thinking. */
  #forced: Span | null = null

  constructor(runtime: { readonly model: Written }, asked: Asked, sampling: ResolvedSampling) {
    this.#runtime = runtime
    this.#asked = asked
    this.sampling = sampling
    if (this.#promptEnd === 'closed') this.#answerStart = 0
  }

  get #promptEnd() {
    return promptEnd(this.#asked.prompt.text, this.#runtime.model.thinking)
  }

  /** Take in a sample; returns one chunk, or two where the thinking ends inside of it. */
  push(sample: NativeSample, heads: readonly HeadRef[] | null, last: boolean): GenerationChunk[] {
    const firstToken = this.#tokens.length
    const firstChar = this.#text.text.length
    this.#tokens.push(...sample.tokens)
    this.#logprobs.push(...sample.logprobs)
    this.#certainties.push(...sample.certainties)
    this.#text.push(sample)
    if (last) this.#text.flush()
    // no token, no row: then nothing says which layers were captured either
    const hasRows = sample.rows !== null && sample.tokens.length > 0
    const rows = hasRows ? toAttentionRows(sample.rows, heads) : undefined

    const thinking = this.#answerStart === undefined
    const border = this.#findAnswerStart(firstToken, firstChar)
    const tokenBorder = thinking ? this.#tokensBefore(border, firstToken) : firstToken
    const charBorder = thinking ? border : firstChar
    const each = sample.tokens.length === 0 ? 0 : sample.alternatives.tokens.length
    const count = each === 0 ? 0 : each / sample.tokens.length
    const alternatives = alternativesOf(sample.alternatives, count, sample.tokens.length)
    const of = { firstToken, rows, alternatives }
    const [tokenEnd, charEnd] = [this.#tokens.length, this.#text.text.length]
    const chunks = [
      this.#chunk('thinking', [firstToken, tokenBorder], [firstChar, charBorder], of),
      this.#chunk('answer', [tokenBorder, tokenEnd], [charBorder, charEnd], of),
    ]
    return chunks.filter(chunk => chunk.tokens.length > 0 || chunk.text !== '')
  }

  /** Take in tokens that nobody sampled and that end the thinking: their log-probabilities are 0. */
  pushClosing({ tokens, bytes, ends }: Given): GenerationChunk[] {
    const [tokenStart, charStart] = [this.#tokens.length, this.#text.text.length]
    const sampled = { finish: 'more', stop: -1, rows: null } as const
    const numbers = { tokens: Int32Array.from(tokens), ends: Int32Array.from(ends) }
    const zeros = new Float32Array(tokens.length)
    const certainties = this.#certainties.length > 0 ? zeros : new Float32Array(0)
    const alternatives = { tokens: new Int32Array(0), logprobs: new Float32Array(0) }
    const sample = { ...sampled, ...numbers, logprobs: zeros, certainties, alternatives, bytes }
    // a question for the answer has no tag that says where that starts
    if (this.#runtime.model.info.thinking === null) this.#answerStart = charStart
    const chunks = this.push(sample, null, false)
    const [tokenEnd, charEnd] = [this.#tokens.length, this.#text.text.length]
    this.#forced = { tokenStart, tokenEnd, charStart, charEnd }
    return chunks
  }

  /** Generated tokens so far. */
  get length(): number {
    return this.#tokens.length
  }

  /** The text that a token completed. */
  piece(token: number): string {
    const { text, ends } = this.#text
    return text.slice(ends[token - 1] ?? 0, ends[token])
  }

  get promptTokens(): Int32Array {
    return Int32Array.from(this.#asked.prompt.tokens)
  }

  /** Whether the closing tag is still to come. */
  get thinking(): boolean {
    return this.#answerStart === undefined
  }

  /** The trace that there is at the end. */
  trace(finish: Trace['finish'], millis: Trace['millis']): Trace {
    this.#text.flush()
    const looping = finish === 'length' && endsInLoop(this.#tokens)
    return { ...this.soFar(finish, millis), ...(looping && { looping }) }
  }

  /** The trace up to now, where more is to come: a character that is incomplete is not in its text. */
  soFar(finish: Trace['finish'], millis: Trace['millis']): Trace {
    const { name, architecture, parameters, vocabularySize } = this.#runtime.model.info
    const { text, ends } = this.#text
    const { messages, prompt, templateArguments } = this.#asked
    const forced = this.#forced
    const generated = { text, tokens: [...this.#tokens], tokenEnds: [...ends] }
    return {
      version: 1,
      model: { name, architecture, parameters, vocabularySize },
      messages,
      prompt: { text: prompt.text, tokens: [...prompt.tokens] },
      ...(Object.keys(templateArguments).length > 0 && { templateArguments }),
      ...generated,
      logprobs: [...this.#logprobs],
      ...(this.#certainties.length > 0 && { certainties: [...this.#certainties] }),
      ...this.#findThinking(generated),
      ...(forced && { forcedClose: { start: forced.tokenStart, end: forced.tokenEnd } }),
      finish,
      sampling: this.sampling,
      millis,
    }
  }

  #findThinking(generated: Pick<Trace, 'text' | 'tokens' | 'tokenEnds'>) {
    const { info, thinking: tags } = this.#runtime.model
    const found = findThinking({ ...generated, tags, prompt: this.#promptEnd })
    const forced = this.#forced
    if (forced === null || info.thinking !== null) return found
    const { tokenStart, charStart } = forced
    const end = { tokenEnd: generated.tokens.length, charEnd: generated.text.length }
    const thinking = { ...found.thinking, tokenEnd: tokenStart, charEnd: charStart }
    return { thinking, answer: { tokenStart, charStart, ...end } }
  }

  /** The end of the closing tag in the text so far, or the end of the text. */
  #findAnswerStart(firstToken: number, firstChar: number): number {
    if (this.#answerStart !== undefined) return this.#answerStart
    const { text, ends } = this.#text
    const { close, closeToken } = this.#runtime.model.thinking
    if (closeToken !== null) {
      const token = this.#tokens.indexOf(closeToken, firstToken)
      this.#answerStart = token === -1 ? undefined : ends[token]
    } else {
      const at = text.indexOf(close, Math.max(0, firstChar - close.length))
      this.#answerStart = at === -1 ? undefined : at + close.length
    }
    return this.#answerStart ?? text.length
  }

  #tokensBefore(char: number, from: number): number {
    const { ends } = this.#text
    let count = from
    while (count < ends.length && (ends[count] ?? 0) <= char) count++
    return count
  }

  #chunk(
    phase: GenerationChunk['phase'],
    [tokenStart, tokenEnd]: readonly [number, number],
    chars: readonly [number, number],
    { firstToken, rows, alternatives }: Pushed,
  ): GenerationChunk {
    const [from, to] = [tokenStart - firstToken, tokenEnd - firstToken]
    const chunk = {
      text: this.#text.text.slice(...chars),
      tokens: this.#tokens.slice(tokenStart, tokenEnd),
      logprobs: this.#logprobs.slice(tokenStart, tokenEnd),
      phase,
      ...(alternatives.length > 0 && { alternatives: alternatives.slice(from, to) }),
    }
    if (rows === undefined) return chunk
    const size = rows.rows * rows.length
    const data = rows.data.slice(from * size, to * size)
    return { ...chunk, attention: { ...rows, data, queries: tokenEnd - tokenStart } }
  }
}
