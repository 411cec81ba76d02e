-- The tables of a run store (docs/store.md). An older store reaches them by migrations/NN.sql.
-- Times are seconds since 1970, UTC. STORE_SCHEMA in store.h is the version.

CREATE TABLE runs (
	run INTEGER PRIMARY KEY,
	id TEXT NOT NULL UNIQUE,
	state TEXT NOT NULL CHECK (state IN ('running', 'interrupted', 'finished')),
	started INTEGER NOT NULL,
	finished INTEGER,
	meaning TEXT NOT NULL,
	partition TEXT,
	organization TEXT,
	management_account TEXT,
	caller TEXT,
	interrupted TEXT,
	note TEXT,
	sent INTEGER,
	retried INTEGER,
	throttled INTEGER,
	connections INTEGER,
	bytes_received INTEGER,
	cells INTEGER,
	failing INTEGER,
	blind INTEGER,
	shard TEXT,
	could_not_start INTEGER NOT NULL DEFAULT 0,
	position INTEGER,
	contents BLOB,
	digest BLOB,
	accepted INTEGER,
	most_in_flight INTEGER,
	array TEXT
) STRICT;

-- The shards' runs that a merged run was made of.
CREATE TABLE parts (
	run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
	shard TEXT NOT NULL,
	id TEXT NOT NULL,
	store TEXT NOT NULL,
	PRIMARY KEY (run, shard)
) STRICT, WITHOUT ROWID;
CREATE INDEX parts_by_id ON parts (id);

CREATE TABLE accounts (
	account INTEGER PRIMARY KEY,
	run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
	id TEXT NOT NULL,
	name TEXT,
	ou TEXT,
	status TEXT,
	rest TEXT NOT NULL,
	reason TEXT,
	request_id TEXT,
	at INTEGER,
	is_done INTEGER NOT NULL DEFAULT 0,
	organization TEXT,
	note TEXT,
	digest BLOB,
	UNIQUE (run, id)
) STRICT;

CREATE TABLE regions (
	region INTEGER PRIMARY KEY,
	run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
	name TEXT NOT NULL,
	shown INTEGER NOT NULL DEFAULT 0,
	UNIQUE (run, name)
) STRICT;

CREATE TABLE cells (
	account INTEGER NOT NULL REFERENCES accounts ON DELETE CASCADE,
	region INTEGER NOT NULL,
	state TEXT NOT NULL,
	beneath TEXT NOT NULL,
	complete INTEGER NOT NULL,
	resources INTEGER NOT NULL,
	failing INTEGER NOT NULL,
	exempt INTEGER NOT NULL,
	unknown INTEGER NOT NULL,
	worst INTEGER NOT NULL,
	reason TEXT,
	request_id TEXT,
	at INTEGER,
	PRIMARY KEY (account, region)
) STRICT, WITHOUT ROWID;

CREATE TABLE resources (
	account INTEGER NOT NULL,
	region INTEGER NOT NULL,
	number INTEGER NOT NULL,
	type TEXT NOT NULL,
	id TEXT NOT NULL,
	arn TEXT,
	tags TEXT NOT NULL,
	relations TEXT NOT NULL,
	observed TEXT,
	PRIMARY KEY (account, region, number),
	FOREIGN KEY (account, region) REFERENCES cells ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE findings (
	account INTEGER NOT NULL,
	region INTEGER NOT NULL,
	number INTEGER NOT NULL,
	control TEXT NOT NULL,
	verdict TEXT NOT NULL,
	severity TEXT NOT NULL,
	reason TEXT,
	evidence TEXT NOT NULL,
	exception TEXT,
	request_id TEXT,
	at INTEGER,
	PRIMARY KEY (account, region, number, control),
	FOREIGN KEY (account, region, number) REFERENCES resources ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE controls (
	run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
	id TEXT NOT NULL,
	severity TEXT NOT NULL,
	PRIMARY KEY (run, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE exceptions (
	run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
	name TEXT NOT NULL,
	control TEXT NOT NULL,
	account TEXT NOT NULL,
	region TEXT NOT NULL,
	resource TEXT NOT NULL,
	tag TEXT,
	owner TEXT NOT NULL,
	reason TEXT NOT NULL,
	ticket TEXT,
	expires TEXT NOT NULL,
	state TEXT NOT NULL,
	findings INTEGER NOT NULL,
	PRIMARY KEY (run, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE gaps (
	run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
	name TEXT NOT NULL,
	regions TEXT NOT NULL,
	accounts TEXT NOT NULL,
	cell_state TEXT NOT NULL,
	owner TEXT NOT NULL,
	reason TEXT NOT NULL,
	ticket TEXT,
	expires TEXT NOT NULL,
	state TEXT NOT NULL,
	cells INTEGER NOT NULL,
	PRIMARY KEY (run, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE requests (
	run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
	operation TEXT NOT NULL,
	sent INTEGER NOT NULL,
	retried INTEGER NOT NULL,
	throttled INTEGER NOT NULL,
	PRIMARY KEY (run, operation)
) STRICT, WITHOUT ROWID;
