-- A database host: queries first, upkeep when there is room, dumps last.

rule "database/server" {
  match = process { unit = glob "postgresql@*.service", name = "postgres" },
  tag   = "database",
  want  = { oom_score_adj = -900, io = "important", nice = -5 },
}

-- Whatever the server forked: one connection may go rather than all of them.
rule "database/connections" {
  match    = process { tag = "database", parent = process { tag = "database" } },
  priority = 10,
  want     = { oom_score_adj = 0 },
}

-- The title is what PostgreSQL tells of itself after its start.
rule "database/upkeep" {
  match    = process { tag = "database", title = glob "*{autovacuum worker,checkpointer,archiver,walsummarizer}*" },
  priority = 20,
  want     = { io = "utility", nice = 5 },
}

rule "database/dump" {
  match = process { name = { "pg_dump", "pg_dumpall", "pg_basebackup", "vacuumdb", "reindexdb" } },
  tag   = "dump",
  want  = { qos = "background", oom_score_adj = 500 },
}

rule "database/dump stands still" {
  match = process { tag = "dump" },
  when  = host { memory_pressure = "critical" },
  want  = { freeze = true },
  keep  = "20s",
}

-- A shell on a database host is for looking, or for one big query by hand.
rule "database/by hand" {
  match = process { uid = people },
  want  = { qos = "utility" },
}

rule "database/nobody above the server" {
  match  = process { pid = above(1) },
  except = process { tag = "database" },
  cap    = { nice = at_least(0), sched = { "other", "batch", "idle" }, realtime = false },
}
