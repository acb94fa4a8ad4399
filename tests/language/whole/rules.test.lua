-- Every rule of rules.lua does what it says.

test "compilers step aside, and further on battery" (function (sim)
  local cc = sim:exec { name = "cc1plus", uid = 1000 }
  expect (cc) { qos = "utility", pool = "build" }
  sim:host { on_battery = true }
  expect (cc) { qos = "background", pool = "build" }
  expect (sim:exec { name = "cc1plus", uid = 101 }) { qos = untouched }
end)

test "threads of the linker, in a build alone" (function (sim)
  local rustc = sim:exec { name = "rustc", uid = 1000 }
  local other = sim:exec { name = "editor", uid = 1000 }
  local inner = sim:thread (rustc, { name = "ld.lld-worker" })
  expect (inner) { sched = "batch", nice = 10 }
  expect.rule (inner, "sched") "build/linker threads"
  expect (sim:thread (other, { name = "ld.lld-worker" })) { sched = untouched }
end)

test "a large build stands still while memory is short for long, and a while after" (function (sim)
  local rustc = sim:exec { name = "rustc", uid = 1000, rss = "3GiB" }
  sim:memory_pressure "critical"
  sim:pass "31s":memory_pressure "normal"
  expect (rustc) { freeze = true }
  expect.rule (rustc, "freeze") "build/give memory back"
  sim:pass "19s"
  expect (rustc) { freeze = true }
  sim:pass "2s"
  expect (rustc) { freeze = untouched }
end)

test "what started the compiler steps aside for a minute after an oom kill" (function (sim)
  local make  = sim:exec { name = "make", uid = 1000 }
  local rustc = sim:exec { name = "rustc", uid = 1000, parent = make }
  sim:exit (rustc, { signal = "KILL" })
  expect (make) { nice = 15 }
  sim:pass "59s"
  expect (make) { nice = 15 }
  sim:pass "2s"
  expect (make) { nice = untouched }
end)

test "a game with all that it starts, but for its launcher" (function (sim)
  local reaper = sim:exec { name = "reaper", uid = 1000, env = { SteamAppId = "220" } }
  local game   = sim:exec { name = "hl2.exe", uid = 1000, parent = reaper }
  local server = sim:exec { name = "wineserver", uid = 1000, env = { }, parent = game }
  local forked = sim:fork (server)
  sim:pass "1s"
  expect (reaper) { qos = untouched }
  expect (game) { qos = "user-initiated" }
  expect (server) { qos = "user-initiated" }
  expect (forked) { qos = "user-initiated" }
  expect.tag (forked) "game"
end)

test "a stream comes first while a game runs, within the bounds of people" (function (sim)
  local obs = sim:exec {
    name   = "obs",
    uid    = 1000,
    cgroup = "/user.slice/user-1000.slice/user@1000.service/app.slice/app-flatpak-com.obsproject.Studio-1234.scope",
  }
  expect (obs) { qos = untouched }
  local game = sim:exec { name = "hl2.exe", uid = 1000, env = { SteamAppId = "220" } }
  expect (obs) { qos = "user-interactive", nice = 0 }
  expect.cap (obs, "nice") "guard/realtime"
  sim:exit (game)
  expect (obs) { qos = untouched }
end)

test "a hog steps aside while the machine is busy, and a while longer" (function (sim)
  local hog = sim:exec { name = "render", uid = 1000, cpu = "90%" }
  sim:host { cpu = "90%" }:pass "13s"
  expect (hog) { qos = "utility" }
  expect.rule (hog, "qos") "balance/hog"
  sim:set (hog, { cpu = "10%" }):pass "14s"
  expect (hog) { qos = "utility" }
  sim:pass "3s"
  expect (hog) { qos = untouched }
end)

test "the threads of sound are real-time, even of a person" (function (sim)
  local pipewire = sim:exec { name = "pipewire", uid = 1000 }
  local loop     = sim:thread (pipewire, { name = "data-loop.0" })
  local other    = sim:thread (pipewire, { name = "module-rt" })
  expect (loop) { realtime = { period = "5ms", computation = "1ms", constraint = "4ms" } }
  expect.tag (loop) "audio"
  expect (other) { realtime = untouched }
end)

test "a database is kept, and its housekeeping is not" (function (sim)
  local server = sim:exec { name = "postgres", uid = 101, unit = "postgresql@15-main.service" }
  local vacuum = sim:fork (server)
  sim:set (vacuum, { title = "postgres: 15/main: autovacuum worker" }):pass "2s"
  expect (server) { oom_score_adj = -900, io = "important" }
  expect (vacuum) { oom_score_adj = untouched, io = "utility" }
end)

test "when memory is short the three largest stand still" (function (sim)
  local task = { }
  for i = 1, 5 do task[i] = sim:exec { name = "rustc", uid = 1000, rss = i .. "GiB" } end
  sim:memory_pressure "critical"
  for i = 1, 5 do expect (task[i]) { freeze = i > 2 or untouched } end
  sim:memory_pressure "normal":pass "29s"
  expect (task[5]) { freeze = true }
  sim:pass "2s"
  expect (task[5]) { freeze = untouched }
end)
