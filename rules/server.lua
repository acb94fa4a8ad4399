-- Databases must not be the first to die, and answer before maintenance does.

rule "server/database" {
  match = process { name = { "postgres", "mysqld", "mariadbd", "mongod", "redis-server", "valkey-server", "clickhouse-server" } },
  tag   = "database",
  want  = { oom_score_adj = -500, ionice = "best-effort:2" },
}

rule "server/database children" {
  match    = process { tag = "database", parent = process { tag = "database" } },
  priority = 10,                           -- over what is said of it by name
  want     = { oom_score_adj = 0 },        -- one connection may die rather than the server
}

rule "server/web" {
  match = process { name = { "nginx", "apache2", "httpd", "haproxy", "caddy", "envoy", "varnishd", "lighttpd" } },
  tag   = "web",
  want  = { nice = -2, ionice = "best-effort:3" },
}

-- Dumps and the like read everything once; they must not push the server aside.
rule "server/dump" {
  match = process { name = { "pg_dump", "pg_dumpall", "pg_basebackup", "mysqldump", "mariadb-dump", "mongodump", "vacuumdb" } },
  want  = { qos = "background" },
}
