#!/bin/sh
# each.sh: runs each test of this machine's list, and says how it went.
echo "vm: kernel $(uname -r), $(nproc) CPUs, controllers:" \
    "$(cat /sys/fs/cgroup/cgroup.subtree_control)"
cd /pqs
for name in $(cat /pqs/tests.list); do
	# A session of its own, as a test has on a machine that people use.
	setsid /bin/busybox timeout -k 10 "$(cat /pqs/seconds)" \
	    "/pqs/build/tests/$name" >/tmp/log 2>&1 </dev/null
	status=$?
	if [ $status -eq 0 ]; then
		echo "vm: ok $name $(grep '^[0-9]*%: Checks:' /tmp/log | tail -n 1)"
	else
		echo "vm: FAILED $name (exit $status)"
		grep -v ':P:' /tmp/log | tail -n 60
	fi
done
echo "vm: done"
