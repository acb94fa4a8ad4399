-- Sound must never wait: servers early, their callback threads in real time.

rule "sound/server" {
  match = process { name = { "pipewire", "pipewire-pulse", "wireplumber", "pulseaudio", "jackd", "jackdbus" } },
  tag   = "sound server",
  want  = { qos = "user-interactive" },
}

-- By the program as well as the name: anyone can name a thread.
rule "sound/callback threads" {
  match = thread {
    name = glob "{data-loop*,alsa-*,jack*rt*}",
    of   = process { tag = "sound server", exe = glob "/usr/{bin,sbin,libexec}/*" },
  },
  tag   = "sound",
  want  = { sched = "fifo", rt_priority = 20 },
}

rule "sound/studio" {
  match = process { name = { "ardour", glob "ardour-[0-9]*", "reaper", "bitwig-studio", "carla", "qtractor", "mixxx" }, uid = people },
  want  = { qos = "user-interactive" },
}
