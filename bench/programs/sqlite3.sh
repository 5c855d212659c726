# SPDX-License-Identifier: MIT
# A database in memory: rows, an index, groups.
needs=sqlite3 who=sqlite3

prepare() {
	sed "s/ROWS/$((500000 / part))/" >job.sql <<'END'
CREATE TABLE t(a INTEGER, b TEXT, c REAL);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ROWS)
INSERT INTO t SELECT i * 7919 % 100003, 'text number ' || i, i / 3.0 FROM n;
CREATE INDEX ta ON t(a);
CREATE INDEX tb ON t(b);
SELECT count(*), max(g), sum(n) FROM (SELECT a % 1000 AS g, count(*) AS n,
	group_concat(b) AS w FROM t GROUP BY a % 1000);
UPDATE t SET b = b || ' changed' WHERE a % 3 = 0;
SELECT count(*), sum(length(b)) FROM t WHERE b LIKE '%changed';
END
	run="exec sqlite3 :memory: '.read job.sql'"
}
