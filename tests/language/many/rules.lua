-- More than there is room for.

local times = state "times"

for i = 1, 70 do
  rule ("lots " .. i) { match = process { name = "lots" }, priority = i, want = { nice = i % 20 } }
end

for i = 1, 70 do
  rule ("tree " .. i) { match = process { name = "root" }, to = tree, priority = i, want = { nice = i % 20 } }
end

rule "many" { match = process { name = "many" }, tag = "many" }

on "memory_pressure" {
  level = "critical",
  tasks = process { tag = "many" },
  run   = function (tasks)
    for i = 1, #tasks do tasks[i]:want { nice = 9, keep = "10s" } end
  end,
}

rule "counted" {
  match = process { name = "counted" },
  want  = function (p) return { nice = times.n or 0 } end,
}

on "timer" {
  every = "5s",
  run   = function (tasks, host, event) times.n = (times.n or 0) + 1 end,
}
