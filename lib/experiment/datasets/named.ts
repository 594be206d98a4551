/**
 * Public data sets by a short name: where each is, and how its card asks for the answer. Their problems are not in this package.
 */

import { type FetchFile, fetchFile, type HubFile } from './hub-file.js'
import { readDataset } from './read-dataset.js'
import type { Columns, Dataset, DatasetOptions, DatasetSource } from './types.js'

interface NamedDataset extends HubFile {
  readonly name: string
  /** Where the table of shapes would find something else. */
  readonly columns?: Columns
  /** @default the problem alone */
  readonly prompt?: string
}

/** The instruction of the makers of R1 and Qwen3 for mathematics, and of most cards. */
const boxed = '{problem}\n\nPlease reason step by step, and put your final answer within \\boxed{}.'

/** Commits as public code names them, so that a name is the same problems every time. */
export const namedDatasets: readonly NamedDataset[] = [
  {
    name: 'aime24',
    repo: 'HuggingFaceH4/aime_2024',
    file: 'data/train-00000-of-00001.parquet',
    revision: '2fe88a2f1091d5048c0f36abc874fb997b3dd99a',
    prompt: boxed,
  },
  {
    name: 'aime25',
    repo: 'math-ai/aime25',
    file: 'test.jsonl',
    revision: '563bb8404243c5f09de6ec262f2db674fe5bce9b',
    prompt: boxed,
  },
  {
    name: 'math500',
    repo: 'HuggingFaceH4/MATH-500',
    file: 'test.jsonl',
    revision: '6e4ed1a2a79af7d8630a6b768ec859cb5af4d3be',
    prompt: boxed,
  },
  {
    name: 'amc23',
    repo: 'math-ai/amc23',
    file: 'test-00000-of-00001.parquet',
    revision: '80815d37005feb82cd7f8fbc6901d5d3eff43057',
    prompt: boxed,
  },
  {
    name: 'gsm8k',
    repo: 'openai/gsm8k',
    file: 'main/test-00000-of-00001.parquet',
    revision: 'main',
    prompt: boxed,
  },
]

/** A file of a hub, read; what it is and where it is from is said with it. */
export async function readHubDataset(
  { repo, file, revision }: HubFile,
  options: DatasetOptions,
  fetch: FetchFile = fetchFile,
): Promise<Dataset> {
  const fetched = await fetch({ repo, file, revision })
  const dataset = await readDataset(fetched.path, options)
  const source = { repo, file, revision: fetched.revision, sha256: fetched.sha256 }
  return { ...dataset, name: `${repo}/${file}`, source }
}

/** @param fetch what gets files; tests have one of their own */
export const namedSources = (fetch: FetchFile = fetchFile): readonly DatasetSource[] =>
  namedDatasets.map(({ name, prompt, columns, ...file }) => ({
    name,
    load: async (options = {}) => ({
      ...(await readHubDataset(file, { ...(columns && { columns }), ...options }, fetch)),
      name,
      ...(prompt !== undefined && { prompt }),
    }),
  }))
