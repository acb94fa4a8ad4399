/* remedy.c -- what a person can do about a setting that does not work.
 *
 * The reasons come from many files of os/linux, where they are static text that
 * names what is missing; so that is what they are known by here. */

#include "command/remedy.h"

#define UNIT(capability) \
	{ capability, "AmbientCapabilities=" capability " in its unit, and in " \
	  "CapabilityBoundingSet= if that is there", \
	  "root has it, where it was not taken away" }

const struct remedy remedies[] = {
	UNIT("CAP_SYS_RESOURCE"),
	UNIT("CAP_SYS_NICE"),
	UNIT("CAP_SYS_PTRACE"),
	UNIT("CAP_SYS_ADMIN"),
	UNIT("CAP_DAC_OVERRIDE"),
	UNIT("CAP_KILL"),
	UNIT("CAP_NET_ADMIN"),
	UNIT("CAP_BPF"),
	{ "cannot be put back", "irreversible = true in the rule",
	  "it is done without a way back; with CAP_SYS_NICE there is one" },
	{ "RLIMIT_RTPRIO", "LimitRTPRIO=99 in its unit; for a user "
	  "'@audio - rtprio 99' in /etc/security/limits.d/pqs.conf",
	  "real-time classes without a capability" },
	{ "autogroup is on", "sysctl kernel.sched_autogroup_enabled=0",
	  "nice and sched idle count between sessions; or want "
	  "autogroup_nice as well" },
	{ "autogroup is off", "sysctl kernel.sched_autogroup_enabled=1",
	  "sessions compete as one each, and autogroup_nice weighs them" },
	{ "bfq", "modprobe bfq; echo bfq >/sys/block/DISK/queue/scheduler",
	  "levels of ionice and io_weight count on that disk" },
	{ "needs swap", "swapon FILE, or zram",
	  "memory that is in no file can be taken" },
	{ "CONFIG_UCLAMP_TASK", "a kernel built with CONFIG_UCLAMP_TASK=y", "" },
	{ "CONFIG_FANOTIFY_ACCESS_PERMISSIONS", "a kernel built with "
	  "CONFIG_FANOTIFY_ACCESS_PERMISSIONS=y",
	  "programs can have their settings before they run" },
	{ "CONFIG_PSI", "boot with psi=1, on a kernel built with CONFIG_PSI=y",
	  "memory pressure is told before it is too late" },
	{ "cpu.rt_runtime_us", "give its cpu group a share in "
	  "cpu.rt_runtime_us, or boot a kernel without RT_GROUP_SCHED",
	  "real-time classes inside that group" },
	{ "kernel.sched_rt_runtime_us", "sysctl kernel.sched_rt_runtime_us=950000",
	  "room for deadlines" },
	{ "Delegate=yes", "Delegate=yes in its unit",
	  "pools and groups of single processes, for those in its unit" },
	{ "built without libsystemd", "install libsystemd with its headers "
	  "(libsystemd-dev, systemd-devel), and build again",
	  "weights and limits of whole units" },
	{ "built without libbpf", "install libbpf with its headers "
	  "(libbpf-dev, libbpf-devel), and build again",
	  "a start that takes a third of the time" },
	{ "cannot be reached over D-Bus", "run it where /run/systemd/private "
	  "or /run/dbus/system_bus_socket is systemd's",
	  "weights and limits of whole units" },
	{ "a delegated group", "run it as root, or from a unit with "
	  "Delegate=yes", "pools and groups of single processes" },
	{ "cgroup v1", "boot with cgroup_no_v1=all, under systemd with "
	  "systemd.unified_cgroup_hierarchy=1",
	  "all that groups can be given" },
	{ "Linux 5.3", "a kernel of 5.3 or later", "" },
	{ "sched_ext", "stop the sched_ext scheduler (its service), as "
	  "/sys/kernel/sched_ext/root/ops names it",
	  "the kernel's own scheduler counts it" },
};

const size_t remedy_count = sizeof remedies / sizeof *remedies;
