// Reads two CSVs of records, joins them on both numbers and two seconds, and writes the matches.
//
//     join.mjs plain|buckets PLATFORM OPERATOR OUT THREADS
//
// plain says just that; buckets adds equality on stretches of two seconds, so that a busy pair of numbers is not
// compared all with all.  Prints the seconds of reading and of joining and writing.
import { DuckDBInstance } from '@duckdb/node-api'

const [form, platform, operator, out, threads] = process.argv.slice(2)

const near = 'p.a = o.a AND p.b = o.b AND o.t BETWEEN p.t - INTERVAL 2 SECOND AND p.t + INTERVAL 2 SECOND'
const joins = {
  plain: `p JOIN o ON ${near}`,
  buckets: `(SELECT *, epoch_ms(t) // 2000 AS bucket FROM p) p
    JOIN (SELECT *, epoch_ms(t) // 2000 + unnest([-1, 0, 1]) AS bucket FROM o) o ON p.bucket = o.bucket AND ${near}`,
}

const database = await DuckDBInstance.create(':memory:', { threads })
const connection = await database.connect()

const read = (table, file, time) => connection.run(
  `CREATE TABLE ${table} AS SELECT id, callerNumber AS a, calleeNumber AS b, ${time}::TIMESTAMPTZ AS t
   FROM read_csv('${file}', header = true, all_varchar = true)`)

const began = performance.now()
await read('p', platform, 'inviteDateTime')
await read('o', operator, 'startDateTime')
const loaded = performance.now()
await connection.run(`COPY (SELECT p.id, o.id FROM ${joins[form]}) TO '${out}' (HEADER)`)
const done = performance.now()
console.log(((loaded - began) / 1000).toFixed(2), ((done - loaded) / 1000).toFixed(2))
