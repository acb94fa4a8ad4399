-- Bounds that keep a machine usable, whatever other rules want.

rule "guard/people" {
  match  = process { uid = people },
  except = thread { tag = "sound" },
  cap    = {
    sched = { "other", "batch", "idle" },  -- an endless loop must not take a core for good
    nice  = at_least(-10),
  },
}

rule "guard/sound" {
  match = thread { tag = "sound" },
  cap   = { rt_priority = at_most(60) },   -- below the kernel's own threads
}

rule "guard/memory" {
  match = process { uid = people },
  cap   = { oom_score_adj = at_least(-200) },  -- somebody must remain who can be killed
}

-- How one gets in to repair things: nobody changes these.
rule "guard/way in" {
  match    = process { name = { "sshd", "login", "agetty", "systemd", "systemd-logind", "dbus-daemon", "dbus-broker" } },
  priority = 1000,
  want     = {
    nice = untouched, sched = untouched, ionice = untouched, affinity = untouched,
    timer_slack = untouched, oom_score_adj = untouched, autogroup_nice = untouched,
  },
}
