"""Writes the parquet files of the tests of data sets, by an implementation that is not ours: pyarrow (24.0 when this was last run).

    python test/oracles/make_parquet.py test/experiment/datasets/data

Problems are made up; the columns are those of public sets: whole numbers of 64 bits, floats, lists, structs.
"""

import pathlib
import sys

import pyarrow as pa
import pyarrow.parquet as pq

folder = pathlib.Path(sys.argv[1])
table = pa.table(
    {
        "ID": ["2024-I-1", "2024-I-2"],
        "Problem": ["What is 40 + 2?", "What is 10^17 + 3?"],
        "Answer": pa.array([42, 100000000000000003], pa.int64()),
    }
)
pq.write_table(table, folder / "int64-zstd.parquet", compression="zstd")
choices = pa.table(
    {
        "question": ["Which is even?", "Which is odd?"],
        "choices": [["1", "2", "3"], ["4", "6", "9"]],
        "answer": pa.array([1, 2], pa.int64()),
    }
)
pq.write_table(choices, folder / "lists-snappy.parquet", compression="snappy")
chat = pa.table(
    {
        "prompt": [[{"role": "user", "content": "What is 1 + 1?"}]],
        "reward_model": [{"ground_truth": "2", "style": "rule"}],
    }
)
pq.write_table(chat, folder / "chat-gzip.parquet", compression="gzip")
