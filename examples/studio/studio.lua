-- A studio: no clicks, whatever else the machine is asked to do.

local buffer = option("buffer", "5ms")      -- how often the sound card asks

rule "studio/server" {
  match = process { exe = { "/usr/bin/pipewire", "/usr/bin/wireplumber", "/usr/bin/jackd", "/usr/bin/jackdbus" } },
  tag   = "sound server",
  want  = { qos = "user-interactive", oom_score_adj = -500 },
}

rule "studio/workstation" {
  match = process { name = { "ardour", glob "ardour-[0-9]*", "reaper", "bitwig-studio", "carla", "qtractor" }, uid = people },
  tag   = "workstation",
  want  = { qos = "user-interactive" },
}

-- By the program as well as the name: anyone can name a thread.
rule "studio/callbacks" {
  match = thread { name = glob "{data-loop*,jack*rt*}", of = process { tag = "sound server" } },
  tag   = "sound",
  want  = { realtime = { period = buffer, computation = "1ms", constraint = buffer } },
}

rule "studio/plugins" {
  match = thread { name = glob "{audioengine*,process-*,*-rt}", of = process { tag = "workstation" } },
  tag   = "sound",
  want  = { sched = "fifo", rt_priority = 10 },
}

rule "studio/render" {
  match = process { name = { "ffmpeg", "sox", "lame", "flac" }, uid = people },
  want  = { qos = "utility" },
}

-- While somebody records, all that comes by itself stands aside.
rule "studio/while it is open" {
  match = process { name = { "tracker-miner-fs-3", "baloo_file", "updatedb", "packagekitd", "apt-get", "dnf", "nextcloud", "restic" } },
  when  = host { running = "workstation" },
  want  = { suppress = true, timer_slack = "50ms" },
  keep  = "1min",
}

rule "studio/nobody else in real time" {
  match  = process { pid = above(1) },
  except = thread { tag = "sound" },
  cap    = { sched = { "other", "batch", "idle" }, realtime = false },
}
