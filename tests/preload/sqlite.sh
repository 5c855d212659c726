#!/bin/sh
# SPDX-License-Identifier: MIT
# sqlite3: a database file of some size, joins, an index, integrity_check.
. "$abs_top_srcdir/tests/common.sh"

need sqlite3
cat >"$work/program.sql" <<'PROGRAM'
CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT, size INTEGER, body BLOB);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40000)
INSERT INTO item SELECT i, 'name' || (i * 7919 % 40009), i % 997,
	substr(hex(i * 2654435761), 1, i % 15) FROM n;
CREATE INDEX item_name ON item (name);
CREATE INDEX item_size ON item (size, name);
UPDATE item SET body = body || name || body WHERE size % 3 = 0;
DELETE FROM item WHERE size % 11 = 5;
SELECT size % 10, count(*), sum(length(body)), max(name) FROM item GROUP BY 1;
SELECT count(*) FROM item a JOIN item b ON a.name = b.name AND a.id <> b.id;
SELECT sum(length(x)) FROM (SELECT group_concat(name) x FROM item GROUP BY size);
VACUUM;
PRAGMA integrity_check;
PROGRAM

same sqlite3 sqlite3 -init /dev/null -batch data.db ".read $work/program.sql"
[ "$(tail -n 1 with/out)" = ok ] || fail "integrity_check: $(tail -n 1 with/out)"
cmp without/data.db with/data.db || fail "the database file differs"
