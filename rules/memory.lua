-- Short of memory, what nobody waits for stops growing, before the kernel kills somebody.

-- From how much on a program in the background counts as a hog.
local hog = option("memory_hog", "256MiB")

-- It keeps what it has and takes no more. If that is not enough the kernel kills it, and nobody else.
rule "memory/hog stands still" {
  match    = process { tag = { "background", "build" }, rss = above(hog) },
  when     = host { memory_pressure = "critical" },
  priority = 20,                           -- over what is said of all in the background
  want     = { freeze = true, oom_score_adj = 800 },
  keep     = "10s",                        -- while it stands still nothing shrinks, and all seems well
}

rule "memory/what one works with" {
  match = process { tag = { "compositor", "editor" } },
  when  = host { memory_pressure = at_least "warn" },
  want  = { oom_score_adj = -100 },
}

-- What it has of files goes back to them, the rest to swap where there is some.
on "memory_pressure" {
  level = "warn",
  tasks = process { tag = { "background", "build" }, rss = above(hog) },
  run   = function (tasks, host, event)
    table.sort (tasks, function (a, b) return a.rss > b.rss end)
    for i = 1, math.min (3, #tasks) do
      tasks[i]:reclaim "128MiB"
      tasks[i]:want { ionice = "idle", keep = "30s" }  -- what it reads again must be in nobody's way
    end
  end,
}
