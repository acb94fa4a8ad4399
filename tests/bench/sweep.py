"""sweep.py -- what a script with psutil takes for the work that bench_sweep gives pqs.

Usage: sweep.py NAME...   Each process of one of these names is to have the I/O class idle.
Prints CPU seconds: of a first sweep, of a second one in which nothing differs, of one
nice() on each process of these names with a new object, and again with that object;
then how many processes were listed and set.
"""
import sys
import time

import psutil


def sweep(wanted):
    listed = changed = 0
    for process in psutil.process_iter(["name", "ionice"]):
        listed += 1
        ioclass = wanted.get(process.info["name"])
        if ioclass is not None and process.info["ionice"].ioclass != ioclass:
            process.ionice(ioclass)
            changed += 1
    return listed, changed


def cpu_of(work):
    begun = time.process_time()
    result = work()
    return time.process_time() - begun, result


def main():
    names = sys.argv[1:]
    wanted = {"program-%d" % i: psutil.IOPRIO_CLASS_BE for i in range(1000)}
    wanted.update((name, psutil.IOPRIO_CLASS_IDLE) for name in names)
    first, (listed, changed) = cpu_of(lambda: sweep(wanted))
    second, _ = cpu_of(lambda: sweep(wanted))
    ours = [p.pid for p in psutil.process_iter(["name"]) if p.info["name"] in names]
    new, objects = cpu_of(lambda: [(p, p.nice(7)) for p in map(psutil.Process, ours)])
    kept, _ = cpu_of(lambda: [p.nice(7) for p, _ in objects])
    print(first, second, new / len(ours), kept / len(ours), listed, changed)


main()
