local function server (sim)
  return sim:exec { exe = "/usr/bin/pipewire", uid = 1000 }
end

test "the callbacks of the server run in real time, its other threads do not" (function (sim)
  local pipewire = server (sim)
  local loop     = sim:thread (pipewire, { name = "data-loop.0" })
  local other    = sim:thread (pipewire, { name = "module-rt" })
  expect (loop) { realtime = { period = "5ms", computation = "1ms", constraint = "5ms" } }
  expect (other) { realtime = untouched, sched = "other" }
end)

test "a program that borrows the name gets nothing" (function (sim)
  local lookalike = sim:exec { exe = "/home/ann/pipewire", uid = 1000 }
  local loop      = sim:thread (lookalike, { name = "data-loop.0" })
  expect (loop) { realtime = untouched, sched = "other" }
end)

test "plugins are bounded by the workstation's own rule" (function (sim)
  local daw    = sim:exec { name = "ardour-8.6.0", uid = 1000 }
  local engine = sim:thread (daw, { name = "audioengine" })
  expect (daw) { qos = "user-interactive" }
  expect (engine) { sched = "fifo", rt_priority = 10 }
end)

test "what comes by itself waits while somebody records, and a minute more" (function (sim)
  local indexer = sim:exec { name = "tracker-miner-fs-3", uid = 1000 }
  expect (indexer) { suppress = untouched }
  local daw = sim:exec { name = "reaper", uid = 1000 }
  expect (indexer) { suppress = true }
  sim:exit (daw)
  sim:pass "30s"
  expect (indexer) { suppress = true }
  sim:pass "31s"
  expect (indexer) { suppress = untouched }
end)

test "nobody else gets real time" (function (sim)
  local other = sim:exec { name = "ffmpeg", uid = 1000 }
  expect (other) { qos = "utility", sched = "batch" }
  expect.rule (other, "qos") "studio/render"
end)
