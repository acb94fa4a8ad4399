-- A cap on every setting, pools, and untouched.

pool "one" { weight = 50 }
pool "two" { weight = 500 }
pool "each" { weight = 50, per = "uid" }
rule "p1" { match = process { name = glob "po*" }, want = { pool = "one" } }
rule "p2" { match = process { name = "poo" }, want = { pool = "two" } }
rule "p3" { match = process { name = "poe" }, want = { pool = "each", weight = 70 } }
rule "w" {
  match = process { name = "w" },
  want = {
    qos = "user-interactive", nice = -15, sched = "fifo:50", ionice = "realtime:0",
    affinity = "0-7", timer_slack = "1ns", oom_score_adj = -900, autogroup_nice = -10,
    io = "important", suppress = true, role = "foreground", precedence = 15, slice = "100us",
    uclamp_min = "100%", uclamp_max = "100%", cpu_time = "365d", freeze = true, reclaim = "1GiB",
    pool = "one", weight = 10000, io_weight = 10000, cpu_limit = "8 cores", cpuset = "0-7",
    memory_low = "100GiB", memory_high = "100GiB", swap = "100GiB",
  },
}
rule "group" {
  match = process { name = "group" },
  want = {
    weight = 10000, io_weight = 10000, cpuset = "0-7", cpu_limit = "8 cores",
    memory_low = "100GiB", memory_high = "100GiB", swap = "100GiB",
  },
}
rule "wc" {
  match = process { uid = 1000 },
  cap = {
    qos = at_most "utility", nice = at_least(5), sched = { "other", "batch" },
    ionice = at_most "best-effort:4", affinity = "2-3", timer_slack = at_least "1ms",
    oom_score_adj = between(-10, 10), autogroup_nice = at_least(0), io = { "utility", "throttle" },
    suppress = false, role = at_most "default", precedence = at_most(3), slice = at_least "1ms",
    uclamp_min = at_most "50%", uclamp_max = at_most "60%", cpu_time = at_most "1h", freeze = false,
    reclaim = at_most "1MiB", pool = { "two" }, weight = at_most(100), io_weight = below(200),
    cpu_limit = at_most "2 cores", cpuset = "4-5", memory_low = at_most "1GiB",
    memory_high = at_most "2GiB", swap = at_most "3GiB",
  },
}
rule "rt" {
  match = thread { name = "rt" },
  want = { realtime = { period = "5ms", computation = "1ms", constraint = "4ms" } },
}
rule "rtc" { match = process { uid = 1000 }, cap = { realtime = false } }
rule "lim" { match = process { name = "lim" }, want = { cpu_limit = "75% of host" } }
rule "low" { match = process { name = { "n1", "n2", "n3" } }, want = { qos = "utility" } }
rule "unt" { match = process { name = "n1" }, priority = 5, want = { qos = untouched } }
rule "unt2" { match = process { name = "n2" }, priority = 5, want = { nice = untouched } }
rule "unt3" { match = process { name = "n3" }, priority = 5, want = { qos = untouched, nice = 3 } }
