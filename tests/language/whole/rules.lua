-- Builds use whatever nobody else wants.

pool "build" { weight = 50, cpu_limit = "75% of host", memory_high = "16GiB" }

rule "build/compiler" {
  match = process { name = { "cc1", "cc1plus", "clang", "rustc" }, uid = people },
  tag   = "build",
  want  = function (p, host)
    if host.on_battery then return { qos = "background", pool = "build" } end
    return { qos = "utility", pool = "build" }
  end,
}

rule "build/linker threads" {
  match = thread { name = glob "ld.lld*", of = process { tag = "build" } },
  want  = { sched = "batch" },
}

rule "build/give memory back" {
  match = process { tag = "build", rss = above "2GiB" },
  when  = host { memory_pressure = "critical", lasting = "5s" },
  want  = { freeze = true },
  keep  = "20s",                       -- outlives its cause by that long, so it does not swing
}

rule "build/after an oom kill" {
  on    = exit { tag = "build", signal = "KILL" },
  to    = parent,
  want  = { nice = 15 },
  keep  = "60s",
}

rule "game/proton" {
  match  = process { env = { SteamAppId = any } },
  except = process { name = { "reaper", "steamwebhelper" } },
  to     = tree,                       -- the task and its descendants, now and later
  tag    = "game",
  want   = { qos = "user-initiated" },
}

rule "stream/obs" {
  match = process { app = "com.obsproject.Studio" },
  when  = host { running = "game" },   -- a task with that tag is alive
  want  = { qos = "user-interactive" },
}

rule "balance/hog" {
  match = process { uid = people, focused = false, cpu = above(option("hog", "80%")), lasting = "10s" },
  when  = host { cpu = above "70%" },
  want  = { qos = "utility" },
  keep  = "15s",
}

rule "audio/callback threads" {
  match = thread { name = glob "data-loop*", of = process { exe = "/usr/bin/pipewire" } },
  tag   = "audio",
  want  = { realtime = { period = "5ms", computation = "1ms", constraint = "4ms" } },
}

rule "db/server" {
  match = process { unit = glob "postgresql@*.service" },
  want  = { oom_score_adj = -900, io = "important" },
}
rule "db/vacuum" {
  match = process { unit = glob "postgresql@*.service", title = glob "*autovacuum worker*" },
  want  = { oom_score_adj = untouched, io = "utility" },   -- and no lower claim either
}

rule "guard/realtime" {
  match  = process { uid = people },
  except = thread { tag = "audio" },
  cap    = { sched = { "other", "batch", "idle" }, nice = at_least(0), realtime = false },
}

on "memory_pressure" {
  level = "critical",
  tasks = process { tag = "build", rss = above "1GiB" },   -- the core finds them and sends them along
  run   = function (tasks, host, event)
    table.sort(tasks, function (a, b) return a.rss > b.rss end)
    for i = 1, math.min(3, #tasks) do
      tasks[i]:want { freeze = true, keep = "30s" }        -- a claim like any other
      tasks[i]:reclaim "200MiB"                            -- a one-off action; nothing to undo
    end
  end,
}
