/* topology.h -- which CPUs are of which kind, and which of them share a cache.
 *
 * A kind is what rules write in an affinity: "efficiency" are the
 * smallest cores of a machine that has several sizes, "performance" all
 * others, and "llc:N" the N-th set of CPUs that share a last-level cache,
 * counted by their first CPU.
 */
#ifndef OS_LINUX_HOST_TOPOLOGY_H
#define OS_LINUX_HOST_TOPOLOGY_H

#include <stdbool.h>
#include <stdint.h>

#include "model/interned.h"

#define ONLINE_TEXT_MAX  512

enum core { CORE_OFFLINE, CORE_BIG, CORE_SMALL };

struct topology {
	char     online[ONLINE_TEXT_MAX];       /* as the kernel wrote it     */
	uint8_t  core[CPUS_MAX];                /* enum core                  */
	uint16_t llc[CPUS_MAX];                 /* LLCS_MAX: none told        */
	unsigned llcs;
	bool     sizes;                         /* there are small ones       */
};

/* root: "/sys/devices", or a copy.  0 or -errno: not even the CPUs are told. */
int topology_read(const char *root, struct topology *ret_topology);
/* Whether other CPUs are online than were then. */
bool topology_is_old(const struct topology *t, const char *root);

/* The CPUs of the kinds in bits of struct interned (performance, efficiency,
 * llc:0, ...); a kind that is not here adds none.  NULL, or why there are none
 * at all. */
const char *topology_cpus(const struct topology *t,
                          const uint8_t kinds[CORE_KINDS_BYTES],
                          uint8_t ret_cpus[CPUS_MAX / 8]);

#endif
