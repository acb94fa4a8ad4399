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
