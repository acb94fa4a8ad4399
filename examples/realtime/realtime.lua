-- A control loop that must run every millisecond, on a machine that also does other things.

-- By the program's file as well as the names: anyone can name a thread.
rule "realtime/loop" {
  match = thread {
    name = "control-loop",
    of   = process { name = "servo-control", exe = glob "/usr/{bin,local/bin}/servo-control" },
  },
  tag   = "loop",
  want  = { realtime = { period = "1ms", computation = "300us", constraint = "800us" } },
}

-- Its other threads only report and log.
rule "realtime/rest of it" {
  match = process { name = "servo-control" },
  want  = { nice = -5, oom_score_adj = -500 },
}

-- What can wait takes only what nobody else wants. autogroup_nice counts where each session has a share of its own.
rule "realtime/what can wait" {
  match = process { name = { "stress-ng", "restic", "updatedb", "apt-get", "make", "ninja", "cc1", "cc1plus", "rustc" } },
  want  = { qos = "background", autogroup_nice = 19 },
}

-- Nobody else, whoever asks.
rule "realtime/nobody else" {
  match  = process { uid = people },
  except = thread { tag = "loop" },
  cap    = { realtime = false, sched = { "other", "batch", "idle" } },
}
