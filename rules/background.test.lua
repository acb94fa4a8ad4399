test "an indexer waits for everyone" (function (sim)
  local t = sim:exec { name = "tracker-miner-fs-3", uid = 1000 }
  expect (t) { qos = "background", sched = "idle", ionice = "idle", nice = 19 }
end)

test "an update is quick on mains and patient on battery" (function (sim)
  local apt = sim:exec { name = "apt-get", uid = 0 }
  expect (apt) { qos = "utility" }
  sim:host { on_battery = true }
  expect (apt) { qos = "background" }
  sim:host { on_battery = false }
  expect (apt) { qos = "utility" }
  sim:memory_pressure "warn"
  expect (apt) { qos = "background" }
end)

test "a maintenance unit is known by its unit, not its name" (function (sim)
  local find = sim:exec { name = "find", uid = 0, unit = "man-db.service" }
  local mine = sim:exec { name = "find", uid = 1000 }
  expect (find) { qos = "background" }
  expect (mine) { nice = untouched, sched = untouched }
end)

test.each "a backup waits for everyone" { "restic", "borg", "kopia" } (function (sim, name)
  local backup = sim:exec { name = name, uid = 1000 }
  expect (backup) { qos = "background" }
  expect.tag (backup) "background"
end)

test "short of memory, what nobody waits for is the first to die" (function (sim)
  local indexer = sim:exec { name = "baloo_file", uid = 1000 }
  expect (indexer) { oom_score_adj = untouched }
  sim:memory_pressure "critical"
  expect.rule (indexer, "oom_score_adj") "background/give memory back first"
  expect (indexer) { oom_score_adj = 300 }
end)
