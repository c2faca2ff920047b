"""The tables of a queue file.

A message is ready while `consumer` is null and leased while it names one. A consumer's lease covers everything
that it holds, so that renewing it is one small write however much that is. `routing` knows queues by name: a
message may wait in a queue that nobody has declared, since losing it would be worse.
"""

from __future__ import annotations

APPLICATION_ID = 0x42445142
"""Marks an SQLite file as a queue file of ours ("BDQB")."""

_TABLES = """
CREATE TABLE message (
    id INTEGER PRIMARY KEY AUTOINCREMENT,   -- order of arrival; never given twice
    queue TEXT NOT NULL,
    priority INTEGER NOT NULL,              -- 0 to 9, 9 goes first
    payload BLOB NOT NULL,
    deliveries INTEGER NOT NULL DEFAULT 0,  -- how often it was handed out
    returned INTEGER NOT NULL DEFAULT 0,    -- how often of these it came back in good order
    consumer INTEGER,                       -- who holds it now
    queued_at REAL NOT NULL                 -- seconds since 1970
);
CREATE INDEX message_ready ON message (queue, priority DESC, id) WHERE consumer IS NULL;
CREATE INDEX message_leased ON message (consumer) WHERE consumer IS NOT NULL;

CREATE TABLE consumer (
    id INTEGER PRIMARY KEY,                 -- random
    host TEXT NOT NULL,                     -- where `pid` means something; empty: unknown
    pid INTEGER NOT NULL,
    started TEXT NOT NULL,
    lease_until REAL NOT NULL               -- seconds since 1970
);

CREATE TABLE parked (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    queue TEXT NOT NULL,
    priority INTEGER NOT NULL,
    payload BLOB NOT NULL,
    deliveries INTEGER NOT NULL,
    reason TEXT NOT NULL,
    queued_at REAL NOT NULL,
    parked_at REAL NOT NULL
);

CREATE TABLE queue (
    name TEXT PRIMARY KEY,
    temporary INTEGER NOT NULL              -- 1: goes when its last subscriber does
) WITHOUT ROWID;

CREATE TABLE subscriber (
    queue TEXT NOT NULL,
    consumer INTEGER NOT NULL,
    PRIMARY KEY (queue, consumer)
) WITHOUT ROWID;

CREATE TABLE binding (
    exchange TEXT NOT NULL,
    queue TEXT NOT NULL,
    routing_key TEXT NOT NULL,
    pattern TEXT,
    PRIMARY KEY (exchange, queue, routing_key)
) WITHOUT ROWID;
"""

STEPS = (_TABLES,)
"""What makes the tables, in texts of SQL: for every change of them one more. `user_version` of a file says how many of
them it has had."""
