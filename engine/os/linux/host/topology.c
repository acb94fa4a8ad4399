/* topology.c -- the kinds of cores and their caches, read from /sys/devices.
 *
 * Three places tell of sizes, and the first that does is believed: the
 * performance counters of hybrid processors, which come in two sorts; the
 * capacity that the scheduler itself goes by; and the highest clock.
 */

#include "os/linux/host/topology.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "os/linux/actuator/actuator.h"

#define CACHES_MAX   8          /* of one CPU                                 */
#define LIST_MAX     4096
#define PLACE_MAX    128
/* Favoured cores of one size differ by less: in tenths of the larger one. */
#define ALIKE_TENTHS 9

static const char *const small_counters[] = { "cpu_atom/cpus",
                                              "cpu_lowpower/cpus" };
static const char *const measures[] = { "cpu_capacity",
                                        "cpufreq/cpuinfo_max_freq" };

static bool has(const uint8_t *bits, unsigned bit)
{
	return (bits[bit / 8] >> bit % 8 & 1) != 0;
}

static int text_read(const char *root, const char *name, char *out, size_t size)
{
	char path[PATH_KEEP];
	int  r;

	snprintf(path, sizeof path, "%s/%s", root, name);
	r = path_read(path, out, size);
	if (r > 0)
		out[strcspn(out, "\n")] = '\0';
	return r;
}

static int list_read(const char *root, const char *name,
                     uint8_t ret_cpus[CPUS_MAX / 8])
{
	char list[LIST_MAX];
	int  r = text_read(root, name, list, sizeof list);

	return r < 0 ? r : interned_list_bits(list, ret_cpus);
}

/* A file of one CPU: a number, or -errno. */
static int64_t number_read(const char *root, unsigned cpu, const char *name)
{
	char    place[PLACE_MAX], text[32];
	int64_t number;
	int     r;

	snprintf(place, sizeof place, "system/cpu/cpu%u/%s", cpu, name);
	r = text_read(root, place, text, sizeof text);
	if (r >= 0)
		r = text_number(text, &number);
	return r < 0 ? r : number;
}

/* The processor has counters of two sorts. */
static bool sizes_by_counters(struct topology *t, const char *root)
{
	uint8_t small[CPUS_MAX / 8];

	for (size_t i = 0; i < sizeof small_counters / sizeof *small_counters;
	     i++) {
		if (list_read(root, small_counters[i], small) < 0)
			continue;
		for (unsigned cpu = 0; cpu < CPUS_MAX; cpu++)
			if (t->core[cpu] == CORE_BIG && has(small, cpu)) {
				t->core[cpu] = CORE_SMALL;
				t->sizes = true;
			}
	}
	return t->sizes;
}

/* The least and greatest of all; false where one CPU has none. */
static bool measure_range(const struct topology *t, const char *root,
                          const char *measure, int64_t *ret_least,
                          int64_t *ret_most)
{
	*ret_least = INT64_MAX;
	*ret_most = 0;
	for (unsigned cpu = 0; cpu < CPUS_MAX; cpu++) {
		int64_t size;

		if (t->core[cpu] == CORE_OFFLINE)
			continue;
		size = number_read(root, cpu, measure);
		if (size <= 0)
			return false;
		if (size < *ret_least)
			*ret_least = size;
		if (size > *ret_most)
			*ret_most = size;
	}
	return true;
}

static bool are_alike(int64_t less, int64_t more)
{
	return less >= more / 10 * ALIKE_TENTHS;
}

static bool sizes_by_measure(struct topology *t, const char *root,
                             const char *measure)
{
	int64_t least, most;

	if (!measure_range(t, root, measure, &least, &most) ||
	    are_alike(least, most))
		return false;
	for (unsigned cpu = 0; cpu < CPUS_MAX; cpu++)
		if (t->core[cpu] == CORE_BIG &&
		    are_alike(least, number_read(root, cpu, measure)))
			t->core[cpu] = CORE_SMALL;
	t->sizes = true;
	return true;
}

static void sizes_read(struct topology *t, const char *root)
{
	bool told = sizes_by_counters(t, root);

	for (size_t i = 0; i < sizeof measures / sizeof *measures && !told; i++)
		told = sizes_by_measure(t, root, measures[i]);
}

/* The cache of the highest level; -ENOENT. */
static int last_cache(const char *root, unsigned cpu)
{
	char    name[64];
	int64_t level, highest = 0;
	int     last = -ENOENT;

	for (int i = 0; i < CACHES_MAX; i++) {
		snprintf(name, sizeof name, "cache/index%d/level", i);
		level = number_read(root, cpu, name);
		if (level > highest) {
			highest = level;
			last = i;
		}
	}
	return last;
}

/* All that share it are given its number at once, so numbers go by their first
 * CPU. */
static void llc_read(struct topology *t, const char *root, unsigned cpu)
{
	char    place[PLACE_MAX];
	uint8_t shared[CPUS_MAX / 8];
	int     cache = last_cache(root, cpu);

	snprintf(place, sizeof place,
	         "system/cpu/cpu%u/cache/index%d/shared_cpu_list", cpu, cache);
	if (cache < 0 || t->llcs == LLCS_MAX ||
	    list_read(root, place, shared) < 0)
		return;
	for (unsigned other = cpu; other < CPUS_MAX; other++)
		if (t->core[other] != CORE_OFFLINE && has(shared, other))
			t->llc[other] = (uint16_t)t->llcs;
	t->llcs += t->llc[cpu] == t->llcs;
}

int topology_read(const char *root, struct topology *ret_topology)
{
	struct topology *t = ret_topology;
	uint8_t          online[CPUS_MAX / 8];
	int r = list_read(root, "system/cpu/online", online);

	if (r < 0)
		return r;
	memset(t, 0, sizeof *t);
	text_read(root, "system/cpu/online", t->online, sizeof t->online);
	for (unsigned cpu = 0; cpu < CPUS_MAX; cpu++) {
		t->core[cpu] = has(online, cpu) ? CORE_BIG : CORE_OFFLINE;
		t->llc[cpu] = LLCS_MAX;
	}
	sizes_read(t, root);
	for (unsigned cpu = 0; cpu < CPUS_MAX; cpu++)
		if (t->core[cpu] != CORE_OFFLINE && t->llc[cpu] == LLCS_MAX)
			llc_read(t, root, cpu);
	return 0;
}

bool topology_is_old(const struct topology *t, const char *root)
{
	char online[ONLINE_TEXT_MAX];

	return text_read(root, "system/cpu/online", online,
	                 sizeof online) < 0 || strcmp(online, t->online) != 0;
}

static bool is_of(const struct topology *t, unsigned cpu, const uint8_t *kinds)
{
	enum core core = t->core[cpu];

	return (core == CORE_BIG && has(kinds, CORE_KIND_PERFORMANCE)) ||
	       (core == CORE_SMALL && has(kinds, CORE_KIND_EFFICIENCY)) ||
	       (core != CORE_OFFLINE && t->llc[cpu] < LLCS_MAX &&
	        has(kinds, CORE_KIND_LLC + t->llc[cpu]));
}

/* Of a list it is the first kind that is explained. */
static const char *none_because(const struct topology *t, const uint8_t *kinds)
{
	if (has(kinds, CORE_KIND_EFFICIENCY))
		return "all cores of this machine are of one kind: none is an "
		       "efficiency core";
	return t->llcs == 0
	       ? "the kernel does not tell which CPUs share a cache"
	       : "there is no last-level cache of that number "
	         "(/sys/devices/system/cpu/cpu*/cache)";
}

const char *topology_cpus(const struct topology *t,
                          const uint8_t kinds[CORE_KINDS_BYTES],
                          uint8_t ret_cpus[CPUS_MAX / 8])
{
	bool some = false;

	memset(ret_cpus, 0, CPUS_MAX / 8);
	for (unsigned cpu = 0; cpu < CPUS_MAX; cpu++) {
		if (!is_of(t, cpu, kinds))
			continue;
		ret_cpus[cpu / 8] |= (uint8_t)(1 << cpu % 8);
		some = true;
	}
	return some ? NULL : none_because(t, kinds);
}
