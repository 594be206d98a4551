/** Every page of the site that is written by hand, in the order of the navigation: paths from the package's folder. */
export const navigation = {
  'First steps': [
    'docs/README.md',
    'docs/install.md',
    'docs/first-run.md',
    'docs/command-line.md',
    'docs/api.md',
    'docs/errors.md',
    'docs/hardening.md',
  ],
  Models: [
    'docs/model-names.md',
    'docs/models.md',
    'docs/thinking-formats.md',
    'docs/prompts-and-sampling.md',
    'docs/gpu.md',
    'docs/rpc.md',
    'docs/threads.md',
    'docs/isolated.md',
    'docs/clusters.md',
    'models/tiny-reasoner/MODEL_CARD.md',
  ],
  'Scoring and pruning': [
    'docs/step-graph.md',
    'docs/in-flight.md',
    'docs/compress.md',
    'docs/capture.md',
  ],
  'What it does to answers': [
    'docs/evaluation.md',
    'docs/answers.md',
    'docs/datasets.md',
    'docs/study.md',
    'docs/report.md',
    'bench/README.md',
  ],
  'In other programs': [
    'docs/serve.md',
    'docs/ai-sdk.md',
    'docs/recipes/README.md',
    'docs/recipes/other-engine.md',
    'docs/recipes/training-data.md',
    'docs/recipes/langchain.md',
    'docs/recipes/python.md',
    'docs/recipes/custom-scorer.md',
    'docs/recipes/custom-dataset.md',
    'docs/examples/trl/README.md',
  ],
  'Its making': ['docs/architecture.md', 'docs/dependencies.md', 'CONTRIBUTING.md', 'CHANGELOG.md'],
}

/** The category of what comes from the doc comments: it follows the pages. */
export const functions = 'Functions and types'
