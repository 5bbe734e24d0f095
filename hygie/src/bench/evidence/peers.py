"""Asks DuckDB and ClickHouse the questions of the lake about the same Parquet files.

Reads one JSON object from standard input ({"objects": [...], "queries": {name: sql}, "rounds": N},
with `{table}` in each SQL text where the files go) and writes one: {peer: {name: milliseconds}}.
A peer whose Python package is not installed is left out.
"""

import json
import sys
import time


def middle_ms(run, rounds):
    times = []
    for _ in range(rounds + 1):
        began = time.perf_counter()
        run()
        times.append((time.perf_counter() - began) * 1e3)
    # The first round warms up.
    return sorted(times[1:])[rounds // 2]


def duckdb_peer(objects):
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET threads TO 2")
    connection.execute("SET enable_object_cache = true")
    files = ", ".join("'" + path.replace("'", "''") + "'" for path in objects)
    table = f"read_parquet([{files}])"
    return lambda sql: connection.execute(sql.replace("{table}", table)).fetchall()


def clickhouse_peer(objects):
    from chdb import session

    connection = session.Session()
    connection.query("SET max_threads = 2")
    # ClickHouse takes a pattern, and the objects of one log lie in one folder.
    folder = objects[0].rsplit("/", 1)[0]
    table = f"file('{folder}/*.parquet', 'Parquet')"
    return lambda sql: connection.query(sql.replace("{table}", table), "JSONCompact").bytes()


def main():
    asked = json.load(sys.stdin)
    answers = {}
    for name, make in (("duckdb", duckdb_peer), ("clickhouse", clickhouse_peer)):
        try:
            ask = make(asked["objects"])
        except ImportError:
            continue
        answers[name] = {
            query: middle_ms(lambda: ask(sql), asked["rounds"])
            for query, sql in asked["queries"].items()
        }
    json.dump(answers, sys.stdout)


main()
